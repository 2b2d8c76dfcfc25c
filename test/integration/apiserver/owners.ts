import type { ManagedFieldsEntry } from "#apimachinery/generated/meta-v1.ts";

/** Who owns which fields of an object, as `gitops Apply v1 f:data.f:a`. */
export function owners(entries: readonly ManagedFieldsEntry[] = []): readonly string[] {
  return entries.map(({ manager, operation, apiVersion, subresource, fieldsV1 }) => {
    const who = [manager, operation, apiVersion, ...(subresource === undefined ? [] : [subresource])];
    return `${who.join(" ")} ${paths(fieldsV1).join(" ")}`;
  });
}

function paths(fields: unknown, prefix = ""): readonly string[] {
  return Object.entries(fields as Record<string, unknown>).flatMap(([key, value]) =>
    Object.keys(value as object).length === 0 ? [`${prefix}${key}`] : paths(value, `${prefix}${key}.`),
  );
}
