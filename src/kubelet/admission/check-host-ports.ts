import { isSidecar } from "#api/core/v1/pod-resources.ts";
import type { Container, Pod } from "#api/generated/core-v1.ts";
import { type AdmissionCheck, predicateFailed } from "./rejection.ts";

interface HostPort {
  readonly address: string;
  readonly protocol: string;
  readonly port: number;
}

const ANY_ADDRESS = "0.0.0.0";

/** No two pods of a node have the same port of it (`NodePorts`). */
export const checkHostPorts: AdmissionCheck = ({ pod, others }) => {
  const taken = others.flatMap(hostPortsOf);
  const isFree = hostPortsOf(pod).every((wanted) => taken.every((other) => !collide(wanted, other)));
  return isFree
    ? undefined
    : predicateFailed("NodePorts", "node(s) didn't have free ports for the requested pod ports");
};

function hostPortsOf({ spec }: Pod): readonly HostPort[] {
  const containers: readonly Container[] = [
    ...spec.containers,
    ...(spec.initContainers ?? []).filter(isSidecar),
  ];
  return containers.flatMap(({ ports = [] }) =>
    ports
      .filter(({ hostPort = 0 }) => hostPort > 0)
      .map(({ hostIP = "", protocol = "TCP", hostPort = 0 }) => ({
        address: hostIP === "" ? ANY_ADDRESS : hostIP,
        protocol,
        port: hostPort,
      })),
  );
}

function collide(a: HostPort, b: HostPort): boolean {
  const isSameAddress = a.address === b.address || a.address === ANY_ADDRESS || b.address === ANY_ADDRESS;
  return isSameAddress && a.protocol === b.protocol && a.port === b.port;
}
