import type {
  APIGroupDiscovery,
  APIGroupDiscoveryList,
  APIResourceDiscovery,
} from "#api/generated/apidiscovery-v2.ts";
import type { Resource, Subresource } from "#api/resource.ts";
import type {
  APIGroup,
  APIGroupList,
  APIResource,
  APIResourceList,
  APIVersions,
} from "#apimachinery/generated/meta-v1.ts";
import { formatApiVersion } from "#apimachinery/meta.ts";
import type { DiscoveredResource } from "./discovered-resources.ts";
import type { RegisteredGroup, RemoteVersion } from "./registered-versions.ts";
import { storageVersionHash } from "./storage-version-hash.ts";

/** `/api`. The oldest discovery documents carry no apiVersion. */
export function apiVersionsDocument(serverAddress: string): Omit<APIVersions, "apiVersion"> {
  return {
    kind: "APIVersions",
    versions: ["v1"],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress }],
  };
}

/** `/apis`: all groups but the core one. */
export function groupListDocument(groups: readonly RegisteredGroup[]): GroupListDocument {
  const named = groups.filter(({ group }) => group !== "").map(groupEntry);
  return { kind: "APIGroupList", apiVersion: "v1", groups: named };
}

/** Entries of the list do not repeat what kind they are. */
type GroupListDocument = Omit<APIGroupList, "groups"> & {
  readonly groups: readonly Omit<APIGroup, "apiVersion" | "kind">[];
};

/** `/apis/<group>`. */
export function groupDocument(group: RegisteredGroup): APIGroup {
  return { kind: "APIGroup", apiVersion: "v1", ...groupEntry(group) };
}

function groupEntry({ group, versions }: RegisteredGroup): Omit<APIGroup, "apiVersion" | "kind"> {
  const entries = versions.map(({ version }) => ({
    groupVersion: formatApiVersion({ group, version }),
    version,
  }));
  const [preferredVersion] = entries;
  return { name: group, versions: entries, ...(preferredVersion && { preferredVersion }) };
}

/** `/api/v1` (which carries no apiVersion) and `/apis/<group>/<version>`. */
export function resourceListDocument(
  group: string,
  version: string,
  resources: readonly DiscoveredResource[],
): Omit<APIResourceList, "apiVersion"> {
  return {
    kind: "APIResourceList",
    ...(group !== "" && { apiVersion: "v1" }),
    groupVersion: formatApiVersion({ group, version }),
    resources: resources.flatMap((each) => [
      resourceEntry(each),
      ...each.resource.subresources.map((subresource) => subresourceEntry(each.resource, subresource)),
    ]),
  };
}

function resourceEntry({ resource, stored }: DiscoveredResource): APIResource {
  const { name, singular, namespaced, kind, verbs, shortNames, categories } = resource;
  return {
    name,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(stored && { storageVersionHash: storageVersionHash(stored) }),
  };
}

function subresourceEntry({ name, namespaced }: Resource, subresource: Subresource): APIResource {
  const { group, version, kind, verbs } = subresource;
  return {
    name: `${name}/${subresource.name}`,
    singularName: "",
    namespaced,
    ...(group !== undefined && { group }),
    ...(version !== undefined && { version }),
    kind,
    verbs,
  };
}

/** A group with everything in it. */
export interface DescribedGroup {
  readonly group: string;
  readonly versions: readonly (RemoteVersion & { readonly version: string })[];
}

/** Aggregated discovery (KEP-3352): everything under `/api` or under `/apis` in one document. */
export function aggregatedDocument(groups: readonly DescribedGroup[]): AggregatedDocument {
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: groups.map(({ group, versions }) => ({
      metadata: group === "" ? {} : { name: group },
      versions: versions.map(({ version, resources, freshness }) => ({ version, resources, freshness })),
    })),
  };
}

/** Items of the list do not repeat what kind they are, and have no other metadata than a name. */
type AggregatedDocument = Omit<APIGroupDiscoveryList, "items"> & {
  readonly items: readonly (Pick<APIGroupDiscovery, "versions"> & {
    readonly metadata: { readonly name?: string };
  })[];
};

/** Group and version of a built-in kind are empty where they are those of the list. */
export function resourceDiscovery({ resource, builtIn }: DiscoveredResource): APIResourceDiscovery {
  const { group, version } = builtIn ? { group: "", version: "" } : resource;
  const { name, kind, namespaced, singular, verbs, shortNames, categories, subresources } = resource;
  return {
    resource: name,
    responseKind: { group, version, kind },
    scope: namespaced ? "Namespaced" : "Cluster",
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(subresources.length > 0 && {
      subresources: subresources.map((each) => ({
        subresource: each.name,
        responseKind: { group: each.group ?? group, version: each.version ?? version, kind: each.kind },
        verbs: each.verbs,
      })),
    }),
  };
}
