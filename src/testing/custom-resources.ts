import type { Kind } from "#api/kind.ts";
import type { ObjectSchema } from "#apimachinery/schema.ts";
import type { CustomVersion, KindRegistry } from "#apiserver/registry/kind-registry.ts";
import type { LoadedVersion } from "#apiserver/registry/served-resource.ts";

/** Serves a custom kind, with other versions of it that are stored as the first one. */
export function serveCustom(
  registry: KindRegistry,
  kind: Kind,
  schema: ObjectSchema,
  others: readonly LoadedVersion[] = [],
): void {
  const stored = versionOf({ kind, schema });
  const { group, name: resource } = kind.resource;
  const versions = [stored, ...others.map(versionOf)];
  registry.setCustom({ group, resource }, { stored, versions, currentFrom: 0 });
}

function versionOf(loaded: LoadedVersion): CustomVersion {
  return { resource: loaded.kind.resource, load: () => loaded, isServed: true };
}

export function unserveCustom(registry: KindRegistry, { resource }: Kind): void {
  registry.setCustom({ group: resource.group, resource: resource.name });
}
