/** Reads what extension servers say of what they serve. What they leave out is filled in; what is wrong is thrown. */
import type {
  APIGroupDiscoveryList,
  APIResourceDiscovery,
  APISubresourceDiscovery,
} from "#api/generated/apidiscovery-v2.ts";
import type { APIResource, APIResourceList, GroupVersionKind } from "#apimachinery/generated/meta-v1.ts";
import { formatApiVersion } from "#apimachinery/meta.ts";

export type RemoteResources = readonly APIResourceDiscovery[];

/** What the new document, in version v2 or v2beta1, says of each `apiVersion`. Throws a SyntaxError for no JSON. */
export function readAggregated(text: string): ReadonlyMap<string, RemoteResources> {
  const { items } = JSON.parse(text) as Partial<APIGroupDiscoveryList>;
  return new Map(
    (items ?? []).flatMap(({ metadata, versions = [] }) =>
      versions.map(({ version, resources = [] }) => {
        const apiVersion = formatApiVersion({ group: metadata.name ?? "", version });
        return [apiVersion, resources.map(completed)] as const;
      }),
    ),
  );
}

/** What the old document of one group version says. Throws a SyntaxError for no JSON. */
export function readResourceList(text: string): RemoteResources {
  const { resources = [] } = JSON.parse(text) as Partial<APIResourceList>;
  const parents = new Map<string, APIResourceDiscovery & { subresources: APISubresourceDiscovery[] }>();
  for (const resource of resources) {
    if (!resource.name.includes("/")) parents.set(resource.name, { ...parentOf(resource), subresources: [] });
  }
  for (const resource of resources) {
    const slash = resource.name.indexOf("/");
    if (slash < 0) continue;
    const name = resource.name.slice(0, slash);
    const parent = parents.get(name) ?? { ...unknownParent(name, resource), subresources: [] };
    parents.set(name, parent);
    parent.subresources.push({
      subresource: resource.name.slice(slash + 1),
      responseKind: resource.kind === "" ? UNKNOWN_KIND : kindOf(resource),
      verbs: resource.verbs ?? [],
    });
  }
  return [...parents.values()].map(({ subresources, ...parent }) =>
    subresources.length === 0 ? parent : { ...parent, subresources },
  );
}

/** Old clients cannot do without a kind (kubernetes issue 118361). */
const UNKNOWN_KIND: GroupVersionKind = { group: "", version: "", kind: "" };

function completed(resource: APIResourceDiscovery): APIResourceDiscovery {
  const { responseKind, subresources } = resource;
  return {
    ...resource,
    responseKind: responseKind ?? UNKNOWN_KIND,
    ...(subresources && {
      subresources: subresources.map((each) => ({
        ...each,
        responseKind: each.responseKind ?? UNKNOWN_KIND,
      })),
    }),
  };
}

function parentOf(resource: APIResource): APIResourceDiscovery {
  const { name, singularName, verbs, shortNames, categories } = resource;
  return {
    resource: name,
    responseKind: kindOf(resource),
    scope: scopeOf(resource),
    singularResource: singularName,
    verbs: verbs ?? [],
    ...(shortNames && { shortNames }),
    ...(categories && { categories }),
  };
}

function unknownParent(resource: string, subresource: APIResource): APIResourceDiscovery {
  const scope = scopeOf(subresource);
  return { resource, responseKind: UNKNOWN_KIND, scope, singularResource: "", verbs: [] };
}

function kindOf({ group = "", version = "", kind }: APIResource): GroupVersionKind {
  return { group, version, kind };
}

function scopeOf({ namespaced }: APIResource): string {
  return namespaced ? "Namespaced" : "Cluster";
}
