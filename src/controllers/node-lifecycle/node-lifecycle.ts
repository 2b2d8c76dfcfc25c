import { isPodReady } from "#api/core/v1/pod-status.ts";
import { isSameTaint } from "#api/core/v1/taints.ts";
import type { Node, NodeCondition, Pod, Taint } from "#api/generated/core-v1.ts";
import { findCondition, setCondition } from "#apimachinery/conditions.ts";
import type { Time } from "#apimachinery/generated/meta-v1.ts";
import { formatTime, parseTime } from "#apimachinery/time.ts";
import type { Action, EventFacts, Plan } from "#reconcile/action.ts";
import type { Caches } from "#reconcile/caches.ts";
import { defineController } from "#reconcile/controller.ts";
import { NODE_CONTROLLER, NOT_READY, readyCondition, UNREACHABLE, withTaints } from "./node-conditions.ts";

/** Upstream's `--node-monitor-grace-period` and `--node-startup-grace-period`. */
const GRACE_MS = 50_000;
const STARTUP_GRACE_MS = 60_000;

const LEASE_NAMESPACE = "kube-node-lease";

/** The conditions that only the kubelet can know. */
const KUBELET_CONDITIONS: readonly string[] = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

/** The taint NoSchedule that a condition of a status stands for. */
const CONDITION_TAINTS: readonly {
  readonly type: string;
  readonly status: string;
  readonly key: string;
}[] = [
  { type: "Ready", status: "False", key: NOT_READY },
  { type: "Ready", status: "Unknown", key: UNREACHABLE },
  { type: "MemoryPressure", status: "True", key: "node.kubernetes.io/memory-pressure" },
  { type: "DiskPressure", status: "True", key: "node.kubernetes.io/disk-pressure" },
  { type: "NetworkUnavailable", status: "True", key: "node.kubernetes.io/network-unavailable" },
  { type: "PIDPressure", status: "True", key: "node.kubernetes.io/pid-pressure" },
];
const UNSCHEDULABLE = "node.kubernetes.io/unschedulable";

/** Labels with an old name, which has the value of the new one. */
const LABEL_ALIASES: readonly (readonly [name: string, oldName: string])[] = [
  ["kubernetes.io/os", "beta.kubernetes.io/os"],
  ["kubernetes.io/arch", "beta.kubernetes.io/arch"],
];

export interface NodeView {
  readonly node: Node;
  /** Those that are placed on the node. */
  readonly pods: readonly Pod[];
  /** When the kubelet last gave a sign of life, by the clock of this process. */
  readonly heartbeatAt: number;
  readonly now: Date;
}

/**
 * Notices when the kubelet of a node falls silent, and says so in the conditions of the node and the readiness of
 * its pods; keeps pods from being placed on nodes whose conditions are bad.
 */
export const nodeLifecycleController = defineController<NodeView>({
  name: "node-lifecycle",
  account: "node-controller",
  component: NODE_CONTROLLER,
  workers: 8,
  primary: "Node",
  watches: [
    {
      kind: "Node",
      wakes: "itself",
      announces: {
        added: ({ metadata }) =>
          nodeEvent(metadata.name, "RegisteredNode", "Registered Node {} in Controller"),
        deleted: ({ metadata }) =>
          nodeEvent(metadata.name, "RemovingNode", "Removing Node {} from Controller"),
      },
    },
    // Signs of life are only looked at when the node would otherwise be given up.
    { kind: "Lease", wakes: () => [], when: () => false },
    {
      kind: "Pod",
      wakes: ({ spec }) => (spec?.nodeName === undefined ? [] : [{ namespace: "", name: spec.nodeName }]),
      when: ({ spec }, previous) => spec?.nodeName !== previous?.spec?.nodeName,
    },
  ],
  indexes: [
    { kind: "Pod", name: "node", keys: ({ spec }) => (spec?.nodeName === undefined ? [] : [spec.nodeName]) },
  ],
  signals: [
    { kind: "Node", name: "status", value: (node) => readyCondition(node)?.lastHeartbeatTime ?? "" },
    { kind: "Lease", name: "lease", value: ({ spec }) => spec?.renewTime ?? "" },
  ],
  writes: ["Node", "Node/status", "Pod/status"],
  observe: ({ name }, caches, now) => {
    const node = caches.get("Node", "", name);
    if (node === undefined || node.metadata.deletionTimestamp !== undefined) return undefined;
    return {
      node,
      pods: caches.byIndex("Pod", "node", name),
      heartbeatAt: lastHeartbeat(node, caches) ?? now.getTime(),
      now,
    };
  },
  plan: planNode,
});

function nodeEvent(name: string, reason: string, message: string): EventFacts {
  return { type: "Normal", reason, message: `Node ${name} event: ${message.replace("{}", name)}` };
}

/** A node that never reported is waited for from its creation on, whenever this process started. */
function lastHeartbeat(node: Node, caches: Caches): number | undefined {
  const { name, creationTimestamp } = node.metadata;
  const hasReported = readyCondition(node) !== undefined;
  const reportedAt =
    hasReported || typeof creationTimestamp !== "string"
      ? caches.changedAt("status", "", name)?.getTime()
      : parseTime(creationTimestamp);
  const renewedAt = caches.changedAt("lease", LEASE_NAMESPACE, name)?.getTime();
  if (renewedAt === undefined || caches.get("Lease", LEASE_NAMESPACE, name) === undefined) return reportedAt;
  return Math.max(reportedAt ?? 0, renewedAt);
}

export function planNode(view: NodeView): Plan {
  const { node, pods, heartbeatAt, now } = view;
  const graceMs = readyCondition(node) === undefined ? STARTUP_GRACE_MS : GRACE_MS;
  const silentMs = now.getTime() - heartbeatAt;
  const time = formatTime(now.getTime());
  if (silentMs <= graceMs) return { actions: tidy(node, time), requeueAfterMs: graceMs - silentMs + 1 };
  const given = giveUp(node, time);
  const actions = given.length > 0 ? given : tidy(node, time);
  return { actions: [...actions, ...pods.filter(isPodReady).flatMap((pod) => markNotReady(pod, time))] };
}

/** Says that nothing is known of the node any more. */
function giveUp(node: Node, time: Time): readonly Action[] {
  const conditions = KUBELET_CONDITIONS.reduce<readonly NodeCondition[]>(
    (all, type) => setCondition(all, unknownCondition(node, type), time),
    node.status?.conditions ?? [],
  );
  if (Bun.deepEquals(findCondition(conditions, "Ready"), readyCondition(node))) return [];
  const silent: Node = { ...node, status: { ...node.status, conditions } };
  const update: Action = { type: "updateStatus", object: silent };
  if (readyCondition(node)?.status !== "True") return [update];
  const message = `Node ${node.metadata.name} status is now: NodeNotReady`;
  return [update, { type: "event", about: node, event: { type: "Normal", reason: "NodeNotReady", message } }];
}

function unknownCondition(node: Node, type: string): NodeCondition {
  const present = findCondition(node.status?.conditions, type);
  if (present?.status === "Unknown") return present;
  if (present !== undefined) {
    const message = "Kubelet stopped posting node status.";
    return { ...present, status: "Unknown", reason: "NodeStatusUnknown", message, lastTransitionTime: null };
  }
  return {
    type,
    status: "Unknown",
    reason: "NodeStatusNeverUpdated",
    message: "Kubelet never posted node status.",
    lastHeartbeatTime: node.metadata.creationTimestamp ?? null,
  };
}

/** Nobody else says so: the kubelet cannot. */
function markNotReady(pod: Pod, time: Time): readonly Action[] {
  const ready = findCondition(pod.status?.conditions, "Ready");
  if (ready === undefined) return [];
  const conditions = setCondition(
    pod.status?.conditions,
    { ...ready, status: "False", lastTransitionTime: time },
    time,
  );
  const marked: Pod = { ...pod, status: { ...pod.status, conditions } };
  return [
    { type: "updateStatus", object: marked },
    {
      type: "event",
      about: pod,
      event: { type: "Warning", reason: "NodeNotReady", message: "Node is not ready" },
    },
  ];
}

/** Brings the taints NoSchedule and the old names of labels in line with the node. */
function tidy(node: Node, time: Time): readonly Action[] {
  const wanted = noScheduleTaints(node);
  const outdated = MANAGED_TAINTS.filter((taint) => !wanted.some((each) => isSameTaint(each, taint)));
  const tainted = withTaints(node, wanted, outdated, time);
  const { labels = {} } = node.metadata;
  const aliases = LABEL_ALIASES.filter(
    ([name, old]) => labels[name] !== undefined && labels[old] !== labels[name],
  );
  if (tainted === node && aliases.length === 0) return [];
  const added = Object.fromEntries(aliases.map(([name, old]) => [old, labels[name] ?? ""]));
  const tidied: Node = { ...tainted, metadata: { ...node.metadata, labels: { ...labels, ...added } } };
  return [{ type: "update", object: tidied }];
}

const MANAGED_TAINTS: readonly Taint[] = [...CONDITION_TAINTS.map(({ key }) => key), UNSCHEDULABLE].map(
  noSchedule,
);

function noScheduleTaints({ spec, status }: Node): readonly Taint[] {
  const keys = CONDITION_TAINTS.filter(
    (each) => findCondition(status?.conditions, each.type)?.status === each.status,
  ).map(({ key }) => key);
  return [...keys, ...(spec.unschedulable === true ? [UNSCHEDULABLE] : [])].map(noSchedule);
}

function noSchedule(key: string): Taint {
  return { key, effect: "NoSchedule" };
}
