import type { BuiltInSchemas } from "#api/schemas.ts";
import { parseApiVersion } from "#apimachinery/meta.ts";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";

/** The version of group meta.k8s.io whose kinds are those of v1 under another name. */
export const META_BETA = "meta.k8s.io/v1beta1";

/**
 * The type whose message an object of a kind is; undefined for a kind that has none, such as a Table or a custom resource.
 * Documents of discovery that are older than group versions have no `apiVersion`.
 */
export function messageTypeOf(schemas: BuiltInSchemas, apiVersion: string, kind: string): string | undefined {
  const { group, version } = parseApiVersion(apiVersion === "" ? "v1" : apiVersion);
  const name =
    schemas.nameOf(group, apiVersion === META_BETA ? "v1" : version, kind) ?? optionsType(schemas, kind);
  return name === undefined || schemas.wireMessage(name).fields.size === 0 ? undefined : name;
}

/** The options of requests belong to every group version. */
function optionsType(schemas: BuiltInSchemas, kind: string): string | undefined {
  const name = `${META}.${kind}`;
  return schemas.names().includes(name) && schemas.factsOf(name).everyGroup === true ? name : undefined;
}
