import type { APIResourceDiscovery } from "#api/generated/apidiscovery-v2.ts";
import type { Resource } from "#api/resource.ts";
import { formatApiVersion } from "#apimachinery/meta.ts";
import {
  orderGroups,
  type RegisteredVersion,
  type RegisteredVersions,
} from "../discovery/registered-versions.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import type { RemoteDiscovery } from "./discovery/remote-discovery.ts";

/** What there is to collect garbage of: kinds of this server and of extension servers. */
export interface AllKinds {
  list(): readonly ListedKind[];
  /** The `apiVersion`s of extension servers that do not say what they have. */
  undiscovered(): readonly string[];
  /** Calls `listener` after every change, until the result is disposed. */
  onChange(listener: () => void): Disposable;
}

interface ListedKind {
  readonly resource: Resource;
  readonly builtIn: boolean;
  readonly stored: { readonly resource: Resource };
}

export interface AllKindsDependencies {
  readonly registry: KindRegistry;
  readonly versions: RegisteredVersions;
  readonly discovery: Pick<RemoteDiscovery, "onChange">;
}

export function allKinds({ registry, versions, discovery }: AllKindsDependencies): AllKinds {
  const remote = (): readonly RegisteredVersion[] =>
    versions.list().filter((version) => version.remote !== undefined);
  return {
    list: () => [...registry.list(), ...aggregatedKinds(remote())],
    undiscovered: () =>
      remote()
        .filter((version) => version.remote?.freshness === "Stale")
        .map(formatApiVersion),
    onChange: (listener) => {
      const stack = new DisposableStack();
      stack.use(registry.onChange(listener));
      stack.use(discovery.onChange(listener));
      return stack;
    },
  };
}

/** What extension servers have, each resource in the most preferred version that has it. */
export function aggregatedKinds(remote: readonly RegisteredVersion[]): readonly ListedKind[] {
  return orderGroups(remote, ({ group }) => group).flatMap(({ versions }) => {
    const resources = new Map<string, Resource>();
    for (const version of versions) {
      for (const each of version.remote?.resources ?? []) {
        if (!resources.has(each.resource)) resources.set(each.resource, resourceOf(version, each));
      }
    }
    return [...resources.values()].map((resource) => ({ resource, builtIn: false, stored: { resource } }));
  });
}

function resourceOf({ group, version }: RegisteredVersion, discovered: APIResourceDiscovery): Resource {
  const {
    resource,
    responseKind,
    scope,
    singularResource,
    verbs,
    shortNames = [],
    categories = [],
  } = discovered;
  return {
    group,
    version,
    kind: responseKind?.kind ?? "",
    name: resource,
    singular: singularResource,
    namespaced: scope === "Namespaced",
    // Verbs that nobody knows are of no use to anybody.
    verbs: verbs as Resource["verbs"],
    shortNames,
    categories,
    subresources: [],
  };
}
