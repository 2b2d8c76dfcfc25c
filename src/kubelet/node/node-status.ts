import type { ContainerImage, NodeCondition, NodeStatus } from "#api/generated/core-v1.ts";
import { formatTime } from "#apimachinery/time.ts";
import { omit } from "#base/omit.ts";
import type { ImageStatus } from "#container/runtime.ts";
import type { EventFacts } from "#reconcile/action.ts";
import type { MachineIdentity, MachineResources } from "./machine-facts.ts";
import { nodeAllocatable, nodeCapacity } from "./node-capacity.ts";
import { nodeConditions } from "./node-conditions.ts";
import type { NodeReservation } from "./node-reservation.ts";

/** An image is listed with so many names. */
const MAX_NAMES = 5;

export interface NodeFacts {
  readonly nodeName: string;
  readonly hostname: string;
  readonly nodeIPs: readonly string[];
  readonly nodeExternalIPs: readonly string[];
  readonly kubeletVersion: string;
  readonly kubeletPort: number;
  readonly maxPods: number;
  /** How many images are listed; -1 for all. */
  readonly maxImages: number;
  readonly reservation: NodeReservation;
  readonly identity: MachineIdentity;
  readonly machine: MachineResources;
  /** `docker://20.10.24`. */
  readonly runtimeVersion: string;
  readonly images: readonly ImageStatus[];
  /** Why the node cannot run pods; none when it can. */
  readonly problems: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface NodeReport {
  readonly status: NodeStatus;
  readonly events: readonly EventFacts[];
}

/** The status of the node as it is now; fields of others are kept. */
export function nodeStatus(previous: NodeStatus, facts: NodeFacts): NodeReport {
  const { nodeName, identity, machine, problems, now } = facts;
  const capacity = { ...extended(previous.capacity), ...nodeCapacity(machine, facts.maxPods) };
  const { conditions, events } = nodeConditions(previous.conditions ?? [], {
    nodeName,
    machine,
    evictionHard: facts.reservation.evictionHard,
    problems,
    now: formatTime(now),
  });
  const status: NodeStatus = {
    ...omit(previous, "phase", "images"),
    capacity,
    allocatable: { ...extended(previous.allocatable), ...nodeAllocatable(capacity, facts.reservation) },
    conditions,
    addresses: [
      ...facts.nodeIPs.map((address) => ({ type: "InternalIP", address })),
      ...facts.nodeExternalIPs.map((address) => ({ type: "ExternalIP", address })),
      { type: "Hostname", address: facts.hostname },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: facts.kubeletPort } },
    nodeInfo: nodeInfo(facts),
    images: facts.images
      .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
      .slice(0, facts.maxImages < 0 ? undefined : facts.maxImages)
      .map(imageOf),
    runtimeHandlers: [{ name: "", features: { recursiveReadOnlyMounts: false, userNamespaces: false } }],
    features: { supplementalGroupsPolicy: false },
  };
  return { status, events: [...rebootEvent(previous, identity, nodeName), ...events] };
}

function nodeInfo({
  identity,
  machine,
  kubeletVersion,
  runtimeVersion,
}: NodeFacts): NonNullable<NodeStatus["nodeInfo"]> {
  return {
    machineID: identity.machineID,
    systemUUID: identity.systemUUID,
    bootID: identity.bootID,
    kernelVersion: identity.kernelVersion,
    osImage: identity.osImage,
    containerRuntimeVersion: runtimeVersion,
    kubeletVersion,
    kubeProxyVersion: "",
    operatingSystem: "linux",
    architecture: identity.architecture,
    ...(machine.swapBytes > 0 && { swap: { capacity: machine.swapBytes } }),
  };
}

/** Whether two statuses differ in more than the time of the heartbeat. */
export function hasNodeStatusChanged(before: NodeStatus, after: NodeStatus): boolean {
  const comparable = ({ conditions = [], ...rest }: NodeStatus): unknown => ({
    ...rest,
    conditions: conditions.map(timeless).toSorted((a, b) => (a.type < b.type ? -1 : 1)),
  });
  return !Bun.deepEquals(comparable(before), comparable(after));
}

function timeless({
  lastHeartbeatTime: _time,
  ...condition
}: NodeCondition): Omit<NodeCondition, "lastHeartbeatTime"> {
  return condition;
}

/** Resources that somebody else has added: their names have a domain. */
function extended(list: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(list).filter(([name]) => name.includes("/")));
}

function imageOf({ digests, tags, sizeBytes }: ImageStatus): ContainerImage {
  // As the API server keeps it: a size of nothing is left out.
  return { names: [...digests, ...tags].slice(0, MAX_NAMES), ...(sizeBytes > 0 && { sizeBytes }) };
}

function rebootEvent(
  { nodeInfo: before }: NodeStatus,
  { bootID }: MachineIdentity,
  nodeName: string,
): readonly EventFacts[] {
  const known = before?.bootID ?? "";
  if (known === "" || known === bootID) return [];
  const message = `Node ${nodeName} has been rebooted, boot id: ${bootID}`;
  return [{ type: "Warning", reason: "Rebooted", message }];
}
