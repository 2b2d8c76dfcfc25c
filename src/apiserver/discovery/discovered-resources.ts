import type { Resource } from "#api/resource.ts";
import type { ServedResource } from "../registry/served-resource.ts";

export interface DiscoveredResource {
  readonly resource: Resource;
  readonly builtIn: boolean;
  /** The version in which its objects are stored; absent for what is not stored. */
  readonly stored?: Resource;
}

/** What the server has under each `apiVersion`, in alphabetical order of the names. */
export function discoveredResources(
  served: readonly ServedResource[],
): ReadonlyMap<string, readonly DiscoveredResource[]> {
  const versions = Map.groupBy(served, ({ apiVersion }) => apiVersion);
  return new Map(
    [...versions].map(([apiVersion, members]) => [
      apiVersion,
      members.map(discoveredResource).toSorted(byName),
    ]),
  );
}

function discoveredResource({ resource, builtIn, isStored, stored }: ServedResource): DiscoveredResource {
  return { resource, builtIn, ...(isStored && { stored: stored.resource }) };
}

function byName(a: DiscoveredResource, b: DiscoveredResource): number {
  return a.resource.name < b.resource.name ? -1 : 1;
}
