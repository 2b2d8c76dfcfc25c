import type { APIResourceDiscovery } from "#api/generated/apidiscovery-v2.ts";
import type { GroupVersion } from "#apimachinery/meta.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { builtInPriorities, CUSTOM_PRIORITIES, type Priorities } from "./priorities.ts";
import { compareVersions } from "./version-order.ts";

/** A group version that discovery tells of. */
export interface RegisteredVersion extends GroupVersion {
  readonly priorities: Priorities;
  /** What an extension server has under it; absent where this server answers. */
  readonly remote?: RemoteVersion;
}

export interface RemoteVersion {
  readonly resources: readonly APIResourceDiscovery[];
  /** Stale while the extension server does not say what it serves now. */
  readonly freshness: "Current" | "Stale";
}

/** Knows all group versions, whoever serves them. */
export interface RegisteredVersions {
  list(): readonly RegisteredVersion[];
  /** Calls `listener` after every change, until the result is disposed. */
  onChange(listener: () => void): Disposable;
}

/** A group with its versions from the most to the least preferred. */
export interface RegisteredGroup {
  readonly group: string;
  readonly versions: readonly RegisteredVersion[];
}

/** The group versions that the server itself has resources of. */
export function servedVersions(served: readonly ServedResource[]): readonly RegisteredVersion[] {
  const versions = new Map(
    served.map(({ apiVersion, builtIn, resource: { group, version } }) => {
      const builtInOnes = builtIn ? builtInPriorities({ group, version }) : undefined;
      const priorities = builtInOnes ?? (builtIn ? OWN_PRIORITIES : CUSTOM_PRIORITIES);
      return [apiVersion, { group, version, priorities }] as const;
    }),
  );
  return [...versions.values()];
}

/** The group of APIServices itself, which has none, comes first (kube-aggregator `APIRegistrationGroupPriority`). */
const OWN_PRIORITIES: Priorities = { group: 20_000, version: 0 };

/**
 * Puts groups and versions in the order of their priorities. Groups of equal priority come in the order of `nameOf` their
 * versions, versions as Kubernetes orders their names.
 */
export function orderGroups(
  versions: readonly RegisteredVersion[],
  nameOf: (version: RegisteredVersion) => string,
): readonly RegisteredGroup[] {
  const ordered = versions.toSorted(
    (a, b) => b.priorities.group - a.priorities.group || (nameOf(a) < nameOf(b) ? -1 : 1),
  );
  return [...Map.groupBy(ordered, ({ group }) => group)].map(([group, members]) => ({
    group,
    versions: members.toSorted(
      (a, b) => b.priorities.version - a.priorities.version || compareVersions(a.version, b.version),
    ),
  }));
}
