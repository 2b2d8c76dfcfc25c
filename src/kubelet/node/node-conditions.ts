import type { NodeCondition } from "#api/generated/core-v1.ts";
import { findCondition } from "#apimachinery/conditions.ts";
import type { EventFacts } from "#reconcile/action.ts";
import type { MachineResources } from "./machine-facts.ts";
import { type EvictionThresholds, freeAmount } from "./node-reservation.ts";

export interface ConditionInputs {
  readonly nodeName: string;
  readonly machine: MachineResources;
  /** Less than this free is pressure. */
  readonly evictionHard: EvictionThresholds;
  /** Why the node cannot run pods; none when it can. */
  readonly problems: readonly string[];
  /** RFC 3339. */
  readonly now: string;
}

interface Pressure {
  readonly type: string;
  readonly isUnder: (machine: MachineResources, evictionHard: EvictionThresholds) => boolean;
  readonly under: Wording;
  readonly free: Wording;
}

interface Wording {
  readonly reason: string;
  readonly message: string;
  /** The reason of the event. */
  readonly event: string;
}

/** `nodestatus/setters.go`. */
const PRESSURES: readonly Pressure[] = [
  {
    type: "MemoryPressure",
    isUnder: ({ memoryAvailableBytes, memoryBytes }, { "memory.available": free }) =>
      memoryAvailableBytes < freeAmount(free, memoryBytes),
    under: {
      reason: "KubeletHasInsufficientMemory",
      message: "kubelet has insufficient memory available",
      event: "NodeHasInsufficientMemory",
    },
    free: {
      reason: "KubeletHasSufficientMemory",
      message: "kubelet has sufficient memory available",
      event: "NodeHasSufficientMemory",
    },
  },
  {
    type: "DiskPressure",
    isUnder: ({ diskAvailableBytes, diskBytes, inodes, inodesFree }, evictionHard) =>
      diskAvailableBytes < freeAmount(evictionHard["nodefs.available"], diskBytes) ||
      inodesFree < freeAmount(evictionHard["nodefs.inodesFree"], inodes),
    under: {
      reason: "KubeletHasDiskPressure",
      message: "kubelet has disk pressure",
      event: "NodeHasDiskPressure",
    },
    free: {
      reason: "KubeletHasNoDiskPressure",
      message: "kubelet has no disk pressure",
      event: "NodeHasNoDiskPressure",
    },
  },
  {
    type: "PIDPressure",
    isUnder: ({ pids, maxPids }) => pids >= maxPids,
    under: {
      reason: "KubeletHasInsufficientPID",
      message: "kubelet has insufficient PID available",
      event: "NodeHasInsufficientPID",
    },
    free: {
      reason: "KubeletHasSufficientPID",
      message: "kubelet has sufficient PID available",
      event: "NodeHasSufficientPID",
    },
  },
];

export interface NodeConditions {
  readonly conditions: readonly NodeCondition[];
  /** What has changed. */
  readonly events: readonly EventFacts[];
}

/** The node's conditions, Ready last; those of others stay as they are. */
export function nodeConditions(previous: readonly NodeCondition[], inputs: ConditionInputs): NodeConditions {
  const own = [...PRESSURES.map((pressure) => pressureOf(pressure, inputs)), readinessOf(inputs)];
  const conditions = own.map(({ condition }) => withTimes(condition, previous, inputs.now));
  const types = new Set(own.map(({ condition }) => condition.type));
  const isNews = ({ condition, isToldAtFirst }: Judged): boolean => {
    const before = findCondition(previous, condition.type);
    return before === undefined ? isToldAtFirst : before.status !== condition.status;
  };
  return {
    conditions: [...previous.filter(({ type }) => !types.has(type)), ...conditions],
    events: own.filter(isNews).map(({ event }) => ({
      type: "Normal",
      reason: event,
      message: `Node ${inputs.nodeName} status is now: ${event}`,
    })),
  };
}

interface Judged {
  readonly condition: NodeCondition;
  readonly event: string;
  /** Whether a first state is news as well. */
  readonly isToldAtFirst: boolean;
}

function pressureOf(
  { type, isUnder, under, free }: Pressure,
  { machine, evictionHard }: ConditionInputs,
): Judged {
  const isPressed = isUnder(machine, evictionHard);
  const { reason, message, event } = isPressed ? under : free;
  const status = isPressed ? "True" : "False";
  return { condition: { type, status, reason, message }, event, isToldAtFirst: true };
}

function readinessOf({ problems }: ConditionInputs): Judged {
  const [only = ""] = problems;
  if (problems.length === 0) {
    const message = "kubelet is posting ready status";
    const condition = { type: "Ready", status: "True", reason: "KubeletReady", message };
    return { condition, event: "NodeReady", isToldAtFirst: false };
  }
  const message = problems.length === 1 ? only : `[${problems.join(", ")}]`;
  const condition = { type: "Ready", status: "False", reason: "KubeletNotReady", message };
  return { condition, event: "NodeNotReady", isToldAtFirst: false };
}

function withTimes(condition: NodeCondition, previous: readonly NodeCondition[], now: string): NodeCondition {
  const before = findCondition(previous, condition.type);
  const since = before?.status === condition.status ? before.lastTransitionTime : undefined;
  return { ...condition, lastHeartbeatTime: now, lastTransitionTime: since ?? now };
}
