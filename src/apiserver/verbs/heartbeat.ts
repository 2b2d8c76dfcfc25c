import type { Lease } from "#api/generated/coordination-v1.ts";
import type { Node } from "#api/generated/core-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { QualifiedResource } from "#apimachinery/status-error.ts";

/**
 * Whether an update only says that somebody is still alive. Losing such an update in a crash loses nothing, so it
 * need not be written to the disk at once.
 */
export function isHeartbeat(
  { group, resource }: QualifiedResource,
  next: KubeObject,
  previous: KubeObject,
): boolean {
  if (group === "coordination.k8s.io" && resource === "leases") {
    return Bun.deepEquals(leaseWithoutTimes(next as Lease), leaseWithoutTimes(previous as Lease));
  }
  if (group === "" && resource === "nodes") {
    return Bun.deepEquals(nodeWithoutTimes(next as Node), nodeWithoutTimes(previous as Node));
  }
  return false;
}

function leaseWithoutTimes({ metadata, spec }: Lease): unknown {
  const { renewTime: _time, ...others } = spec;
  return { metadata: timelessMetadata(metadata), spec: others };
}

function nodeWithoutTimes({ metadata, spec, status }: Node): unknown {
  const conditions = status?.conditions?.map(({ lastHeartbeatTime: _time, ...others }) => others);
  return { metadata: timelessMetadata(metadata), spec, status: { ...status, conditions } };
}

/** Field managers carry the time of their last write. */
function timelessMetadata({
  resourceVersion: _version,
  managedFields: _fields,
  ...others
}: KubeObject["metadata"]): unknown {
  return others;
}
