import type { Node, Pod, PodCondition } from "#api/generated/core-v1.ts";
import { isConditionTrue } from "#apimachinery/conditions.ts";
import { formatTime, parseTime } from "#apimachinery/time.ts";
import type { Plan } from "#reconcile/action.ts";
import { defineController } from "#reconcile/controller.ts";
import { removePod } from "./remove-pod.ts";

/** How long a node may be missing before its pods are given up (upstream `quarantineTime`). */
const QUARANTINE_MS = 40_000;

const OUT_OF_SERVICE = "node.kubernetes.io/out-of-service";

export interface StrayPodView {
  readonly pod: Pod;
  /** The node that it is placed on, unless that is gone. */
  readonly node: Node | undefined;
  /** When that node went, as far as this process has seen it. */
  readonly nodeGoneAt: Date | undefined;
  readonly now: Date;
}

/** Deletes pods that no kubelet can: those of nodes that are gone or out of service, and those that never had one. */
export const podGarbageCollectorController = defineController<StrayPodView>({
  name: "pod-garbage-collector",
  account: "pod-garbage-collector",
  primary: "Pod",
  watches: [
    {
      kind: "Pod",
      wakes: "itself",
      when: (pod, previous) =>
        previous === undefined ||
        pod.spec?.nodeName !== previous.spec?.nodeName ||
        pod.metadata.deletionTimestamp !== previous.metadata.deletionTimestamp,
    },
    {
      kind: "Node",
      wakes: ({ metadata }, caches) =>
        caches
          .byIndex("Pod", "node", metadata.name)
          .map((pod) => ({ namespace: pod.metadata.namespace ?? "", name: pod.metadata.name })),
      when: (node, previous) => isOutOfService(node) && !(previous !== undefined && isOutOfService(previous)),
    },
  ],
  indexes: [
    { kind: "Pod", name: "node", keys: ({ spec }) => (spec?.nodeName === undefined ? [] : [spec.nodeName]) },
  ],
  signals: [{ kind: "Node", name: "presence", value: () => "" }],
  writes: ["Pod", "Pod/status"],
  observe: ({ namespace, name }, caches, now) => {
    const pod = caches.get("Pod", namespace, name);
    if (pod === undefined) return undefined;
    const { nodeName } = pod.spec ?? {};
    if (nodeName === undefined) return { pod, node: undefined, nodeGoneAt: undefined, now };
    return {
      pod,
      node: caches.get("Node", "", nodeName),
      nodeGoneAt: caches.changedAt("presence", "", nodeName),
      now,
    };
  },
  plan: planStrayPod,
});

export function planStrayPod(view: StrayPodView): Plan {
  const { pod, node, now } = view;
  const time = formatTime(now.getTime());
  const isTerminating = pod.metadata.deletionTimestamp !== undefined;
  if (pod.spec?.nodeName === undefined)
    return { actions: isTerminating ? removePod(pod, { now: time }) : [] };
  if (node !== undefined) {
    return { actions: isTerminating && isOutOfService(node) ? removePod(pod, { now: time }) : [] };
  }
  const waitMs = missingSince(view) + QUARANTINE_MS - now.getTime();
  if (waitMs > 0) return { actions: [], requeueAfterMs: waitMs };
  const target = { kind: "Node", namespace: "", name: pod.spec.nodeName };
  return {
    actions: removePod(pod, { now: time, condition: ORPHANED, requires: [{ type: "absent", target }] }),
  };
}

const ORPHANED: PodCondition = {
  type: "DisruptionTarget",
  status: "True",
  reason: "DeletionByPodGC",
  message: "PodGC: node no longer exists",
};

/** A node that was never there may be about to come when its pod is new. */
function missingSince({ pod, nodeGoneAt }: StrayPodView): number {
  const { creationTimestamp } = pod.metadata;
  const createdAt = typeof creationTimestamp === "string" ? parseTime(creationTimestamp) : 0;
  return Math.max(createdAt, nodeGoneAt?.getTime() ?? 0);
}

/** Somebody says that the node does not run any more, and it does not say otherwise. */
function isOutOfService({ spec, status }: Node): boolean {
  return (
    !isConditionTrue(status?.conditions, "Ready") &&
    (spec.taints?.some(({ key }) => key === OUT_OF_SERVICE) ?? false)
  );
}
