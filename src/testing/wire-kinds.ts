import type { BuiltInSchemas } from "#api/schemas.ts";
import { formatApiVersion, type GroupVersionKind } from "#apimachinery/meta.ts";
import type { ObjectSchema } from "#apimachinery/schema.ts";

export interface WireKind {
  /** As `apps/v1/Deployment`. */
  readonly name: string;
  /** The name of its type among the facts. */
  readonly type: string;
  readonly gvk: GroupVersionKind;
  readonly schema: ObjectSchema;
}

/** All kinds that have a protobuf form: those of resources, of their lists, and of bodies of requests. */
export function wireKinds(schemas: BuiltInSchemas): readonly WireKind[] {
  return schemas.names().flatMap((type) => {
    const { gvk } = schemas.factsOf(type);
    const schema = schemas.ofType(type);
    if (gvk === undefined || schema.type !== "object" || schemas.wireMessage(type).fields.size === 0)
      return [];
    const [group, version, kind] = gvk;
    const apiVersion = formatApiVersion({ group, version });
    return [{ name: `${apiVersion}/${kind}`, type, gvk: { group, version, kind }, schema }];
  });
}
