import { indexPath } from "#apimachinery/field-error.ts";
import type { ContainerPort } from "../../../generated/core-v1.ts";
import type { allContainers } from "./context.ts";

interface PlacedPort {
  readonly port: ContainerPort;
  readonly path: string;
}

/** Warnings of ports of a pod that are in the way of each other; all of its containers share one network. */
export function portWarnings(containers: ReturnType<typeof allContainers>): readonly string[] {
  const ports = containers.flatMap(({ container, path }) =>
    (container.ports ?? []).map(
      (port, index): PlacedPort => ({ port, path: indexPath(`${path}.ports`, index) }),
    ),
  );
  return [
    ...ports.flatMap((each, index) => [
      ...hostIpWarnings(each),
      ...conflictWarnings(each, ports.slice(0, index)),
    ]),
    ...nameWarnings(ports),
  ];
}

/** Upstream prints the Go struct. */
function hostIpWarnings({ port, path }: PlacedPort): readonly string[] {
  const { name = "", hostPort = 0, containerPort, protocol = "", hostIP = "" } = port;
  if (hostIP === "" || hostPort !== 0) return [];
  const fields = `Name:${name} HostPort:0 ContainerPort:${String(containerPort)} Protocol:${protocol} HostIP:${hostIP}`;
  return [`${path}: hostIP set without hostPort: {${fields}}`];
}

function conflictWarnings({ port, path }: PlacedPort, others: readonly PlacedPort[]): readonly string[] {
  return others.flatMap((other) => {
    const isSame = port.containerPort === other.port.containerPort && port.protocol === other.port.protocol;
    const conflict = isSame ? describeConflict(port, other.port) : undefined;
    return conflict === undefined ? [] : [`${path}: ${conflict} port definition with ${other.path}`];
  });
}

function describeConflict(a: ContainerPort, b: ContainerPort): string | undefined {
  const isSameIp = (a.hostIP ?? "") === (b.hostIP ?? "");
  const isSamePort = (a.hostPort ?? 0) === (b.hostPort ?? 0);
  if (isSameIp && isSamePort) return "duplicate";
  if ((a.hostPort ?? 0) === 0 || (b.hostPort ?? 0) === 0) return "overlapping";
  const isOneOpen = ((a.hostIP ?? "") === "") !== ((b.hostIP ?? "") === "");
  return isSamePort && isOneOpen ? "dangerously ambiguous" : undefined;
}

function nameWarnings(ports: readonly PlacedPort[]): readonly string[] {
  const firsts = new Map<string, string>();
  return ports.flatMap(({ port: { name = "" }, path }) => {
    if (name === "") return [];
    const first = firsts.get(name);
    if (first === undefined) firsts.set(name, path);
    return first === undefined
      ? []
      : [
          `${path}: duplicate port name ${JSON.stringify(name)} with ${first}, services and probes that select ports by name will use ${first}`,
        ];
  });
}
