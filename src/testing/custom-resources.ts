import type { Kind } from "#api/kind.ts";
import type { ObjectSchema } from "#apimachinery/schema.ts";
import type { CustomResource, KindRegistry } from "#apiserver/registry/kind-registry.ts";

/** Serves a custom kind, with other versions of it that are stored as the first one. */
export function serveCustom(
  registry: KindRegistry,
  kind: Kind,
  schema: ObjectSchema,
  others: CustomResource["versions"] = [],
): void {
  const stored = { kind, schema };
  const { group, name: resource } = kind.resource;
  registry.setCustom({ group, resource }, { stored, versions: [stored, ...others], currentFrom: 0 });
}

export function unserveCustom(registry: KindRegistry, { resource }: Kind): void {
  registry.setCustom({ group: resource.group, resource: resource.name });
}
