import { isSidecar } from "#api/core/v1/pod-resources.ts";
import type { Container, Pod } from "#api/generated/core-v1.ts";

/** A port of the node that a pod takes. */
export interface HostPort {
  /** `0.0.0.0` takes the port on every address. */
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

const EVERY_ADDRESS = "0.0.0.0";

/** The host ports of the containers that run as long as the pod does. */
export function hostPortsOf({ spec }: Pod): readonly HostPort[] {
  const sidecars = (spec.initContainers ?? []).filter(isSidecar);
  return [...sidecars, ...spec.containers].flatMap(portsOf);
}

/** Two pods cannot both have the port on an address that they share. */
export function arePortsInConflict(a: HostPort, b: HostPort): boolean {
  if (a.port !== b.port || a.protocol !== b.protocol) return false;
  return a.ip === b.ip || a.ip === EVERY_ADDRESS || b.ip === EVERY_ADDRESS;
}

/** Whether all of `wanted` are free while those of `used` are taken. */
export function arePortsFree(wanted: readonly HostPort[], used: readonly HostPort[]): boolean {
  return !wanted.some((port) => used.some((other) => arePortsInConflict(port, other)));
}

function portsOf({ ports = [] }: Container): readonly HostPort[] {
  return ports.flatMap(({ hostPort = 0, hostIP = "", protocol = "TCP" }) =>
    hostPort > 0 ? [{ ip: hostIP === "" ? EVERY_ADDRESS : hostIP, protocol, port: hostPort }] : [],
  );
}
