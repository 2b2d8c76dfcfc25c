/**
 * Completes what clients leave out of linked fields (kube-apiserver `registry/core/service/storage/storage.go`).
 * Nothing here is checked; validation comes later.
 */
import { needsClusterIp, needsHealthCheckPort } from "#api/core/v1/service-type.ts";
import type { Service, ServicePort } from "#api/generated/core-v1.ts";
import { omit } from "#base/omit.ts";
import { needsNodePorts, withSpec } from "./service-needs.ts";

/** Keeps `clusterIPs` in step with `clusterIP` for clients that know only the latter. */
export function normalizeClusterIPs(next: Service, previous?: Service): Service {
  const { clusterIP = "", clusterIPs = [] } = next.spec;
  if (previous === undefined) {
    return clusterIP !== "" && clusterIPs.length === 0 ? withSpec(next, { clusterIPs: [clusterIP] }) : next;
  }
  const { clusterIP: oldIP = "", clusterIPs: oldIPs = [] } = previous.spec;
  if (oldIP === clusterIP) {
    const isLost = oldIPs.length > 0 && clusterIPs.length === 0;
    return isLost ? withSpec(next, { clusterIPs: oldIPs }) : next;
  }
  if (!sameTexts(oldIPs, clusterIPs)) return next;
  if (clusterIP === "") return { ...next, spec: omit(next.spec, "clusterIPs") };
  return withSpec(next, { clusterIPs: [clusterIP] });
}

/** Keeps the values that were allocated for an object when its author applies it again without them. */
export function keepAllocated(next: Service, previous: Service): Service {
  return keepHealthCheckPort(keepNodePorts(keepClusterIPs(next, previous), previous), previous);
}

function keepClusterIPs(next: Service, previous: Service): Service {
  if (!needsClusterIp(previous.spec) || !needsClusterIp(next.spec)) return next;
  const { clusterIP, clusterIPs } = previous.spec;
  return withSpec(next, {
    ...((next.spec.clusterIP ?? "") === "" && clusterIP !== undefined && { clusterIP }),
    ...((next.spec.clusterIPs ?? []).length === 0 && (clusterIPs ?? []).length > 0 && { clusterIPs }),
  } as Partial<Service["spec"]>);
}

/** By the name of the port, unless another port has been given the number. */
function keepNodePorts(next: Service, previous: Service): Service {
  if (!needsNodePorts(previous) || !needsNodePorts(next)) return next;
  const oldPorts = previous.spec.ports ?? [];
  const ports = next.spec.ports ?? [];
  const given = nodePortsOf(ports);
  const reused = new Set(nodePortsOf(oldPorts).filter((port) => given.includes(port)));
  const byName = new Map(oldPorts.map(({ name = "", nodePort = 0 }) => [name, nodePort]));
  const keep = (port: ServicePort): ServicePort => {
    const nodePort = byName.get(port.name ?? "") ?? 0;
    return (port.nodePort ?? 0) === 0 && nodePort !== 0 && !reused.has(nodePort)
      ? { ...port, nodePort }
      : port;
  };
  return withSpec(next, { ports: ports.map(keep) });
}

function keepHealthCheckPort(next: Service, previous: Service): Service {
  const { healthCheckNodePort = 0 } = previous.spec;
  const isKept =
    needsHealthCheckPort(previous.spec) && needsHealthCheckPort(next.spec) && healthCheckNodePort !== 0;
  return isKept && (next.spec.healthCheckNodePort ?? 0) === 0
    ? withSpec(next, { healthCheckNodePort })
    : next;
}

export function nodePortsOf(ports: readonly ServicePort[]): readonly number[] {
  return ports.map(({ nodePort = 0 }) => nodePort).filter((port) => port !== 0);
}

export function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}
