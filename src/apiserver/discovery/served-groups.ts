import { apiGroups, type Resource } from "#api/resource.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { compareVersions } from "./version-order.ts";

/** One API group as discovery lists it: its versions from the most to the least preferred. */
export interface ServedGroup {
  readonly group: string;
  readonly versions: readonly ServedVersion[];
}

export interface ServedVersion {
  readonly version: string;
  /** In alphabetical order of their names. */
  readonly resources: readonly DiscoveredResource[];
}

export interface DiscoveredResource {
  readonly resource: Resource;
  readonly builtIn: boolean;
  /** The version in which its objects are stored; absent for what is not stored. */
  readonly stored?: Resource;
}

/** Built-in groups come in Kubernetes' own order, those of custom resources behind them in alphabetical order. */
export function servedGroups(served: readonly ServedResource[]): readonly ServedGroup[] {
  const ranks = new Map(apiGroups.map(({ group }, rank) => [group, rank]));
  const rankOf = (group: string): number => ranks.get(group) ?? ranks.size;
  return [...Map.groupBy(served, ({ resource }) => resource.group)]
    .toSorted(([a], [b]) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1))
    .map(([group, members]) => ({ group, versions: versionsOf(members) }));
}

function versionsOf(members: readonly ServedResource[]): readonly ServedVersion[] {
  return [...Map.groupBy(members, ({ resource }) => resource.version)]
    .toSorted(([a], [b]) => compareVersions(a, b))
    .map(([version, resources]) => ({
      version,
      resources: resources.map(discoveredResource).toSorted(byName),
    }));
}

function discoveredResource({ resource, builtIn, isStored, stored }: ServedResource): DiscoveredResource {
  return { resource, builtIn, ...(isStored && { stored: stored.resource }) };
}

function byName(a: DiscoveredResource, b: DiscoveredResource): number {
  return a.resource.name < b.resource.name ? -1 : 1;
}
