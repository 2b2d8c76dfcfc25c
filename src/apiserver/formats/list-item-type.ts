import type { BuiltInSchemas } from "#api/schemas.ts";

/** The name of the type of a list's items, by that of the list. */
export function listItemType(schemas: BuiltInSchemas, listType: string): string | undefined {
  return [...schemas.wireMessage(listType).fields.values()].find(({ name }) => name === "items")?.type;
}
