import type { KubeObject } from "#apimachinery/meta.ts";
import type { Verb } from "#apimachinery/request.ts";
import type { KindMap } from "./generated/kind-map.ts";
import generated from "./generated/resources.json" with { type: "json" };

/** A kind that has a generated type. Names are unique, versions are the preferred ones. */
export type KindName = keyof KindMap;

/** How a kind is addressed: everything that discovery says about it. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The kind of lists, where that is not the kind with `List` behind it. */
  readonly listKind?: string;
  /** Plural, lower case: `pods`. */
  readonly name: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly verbs: readonly (Verb | "connect")[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly Subresource[];
}

export interface Subresource {
  readonly name: string;
  readonly kind: string;
  /** Group and version of `kind` where they are not those of the resource: `autoscaling/v1` Scale. */
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
}

/** A kind by its name, or any resource, built-in or custom, by its declaration. */
export type KindRef = KindName | Resource;

/** The type behind a `KindRef`: the generated one for a name, any object for a resource found at run time. */
export type ObjectOf<K extends KindRef> = K extends KindName
  ? KindMap[K] extends KubeObject
    ? KindMap[K]
    : KubeObject
  : KubeObject;

interface GeneratedTable {
  readonly groups: readonly {
    readonly group: string;
    readonly preferredVersion: string;
    readonly versions: readonly {
      readonly version: string;
      readonly resources: readonly (Partial<Resource> &
        Pick<Resource, "kind" | "name" | "singular" | "namespaced" | "verbs">)[];
    }[];
  }[];
}

export interface ApiGroup {
  readonly group: string;
  readonly preferredVersion: string;
  readonly versions: readonly { readonly version: string; readonly resources: readonly Resource[] }[];
}

/** All stable built-in API groups in discovery order. */
export const apiGroups: readonly ApiGroup[] = (generated as unknown as GeneratedTable).groups.map(
  ({ group, preferredVersion, versions }) => ({
    group,
    preferredVersion,
    versions: versions.map(({ version, resources }) => ({
      version,
      resources: resources.map((resource) => ({
        shortNames: [],
        categories: [],
        subresources: [],
        ...resource,
        group,
        version,
      })),
    })),
  }),
);

const byGroupVersionKind = new Map<string, Resource>();
const byKindName = new Map<string, Resource>();

for (const { group, preferredVersion, versions } of apiGroups) {
  for (const { version, resources } of versions) {
    for (const resource of resources) {
      byGroupVersionKind.set(`${group}/${version}/${resource.kind}`, resource);
      const isPreferred = version === preferredVersion && group !== "events.k8s.io";
      if (isPreferred || !byKindName.has(resource.kind)) byKindName.set(resource.kind, resource);
    }
  }
}

/** The built-in resource of a kind. Throws a RangeError for a kind that this version does not have. */
export function builtInResource(group: string, version: string, kind: string): Resource {
  const resource = byGroupVersionKind.get(`${group}/${version}/${kind}`);
  if (resource === undefined)
    throw new RangeError(`No built-in resource for kind "${group}/${version}/${kind}"`);
  return resource;
}

/** The resource behind a `KindRef`. */
export function resourceOf(ref: KindRef): Resource {
  if (typeof ref !== "string") return ref;
  const resource = byKindName.get(ref);
  if (resource === undefined) throw new RangeError(`No built-in resource for kind "${ref}"`);
  return resource;
}
