import { tolerates } from "#api/core/v1/taints.ts";
import type { Node, Pod, PodCondition, Taint } from "#api/generated/core-v1.ts";
import { setCondition } from "#apimachinery/conditions.ts";
import type { Time } from "#apimachinery/generated/meta-v1.ts";
import { formatTime, parseTime } from "#apimachinery/time.ts";
import type { Action, Plan } from "#reconcile/action.ts";
import type { CachedObject } from "#reconcile/caches.ts";
import { refTo } from "#reconcile/claim.ts";
import { defineController } from "#reconcile/controller.ts";

export interface TaintEvictionView {
  readonly pod: Pod;
  /** Those of its node that drive pods off. */
  readonly taints: readonly Taint[];
  /** Since when the node has them, by the clock of this process; for taints that do not say it. */
  readonly taintedAt: Date | undefined;
  readonly now: Date;
}

/** Deletes pods from nodes with taints NoExecute that they do not tolerate, or do not tolerate any longer. */
export const taintEvictionController = defineController<TaintEvictionView>({
  name: "taint-eviction",
  account: "node-controller",
  workers: 8,
  primary: "Pod",
  watches: [
    {
      kind: "Pod",
      wakes: "itself",
      when: (pod, previous) => placementOf(pod) !== (previous && placementOf(previous)),
    },
    {
      kind: "Node",
      wakes: ({ metadata }, caches) => caches.byIndex("Pod", "node", metadata.name).map(nameOf),
      when: (node, previous) => previous === undefined || taintsText(node) !== taintsText(previous),
    },
  ],
  indexes: [
    { kind: "Pod", name: "node", keys: ({ spec }) => (spec?.nodeName === undefined ? [] : [spec.nodeName]) },
  ],
  signals: [{ kind: "Node", name: "taints", value: taintsText }],
  writes: ["Pod", "Pod/status"],
  observe: ({ namespace, name }, caches, now) => {
    const pod = caches.get("Pod", namespace, name);
    const node = pod?.spec?.nodeName === undefined ? undefined : caches.get("Node", "", pod.spec.nodeName);
    if (pod === undefined || node === undefined) return undefined;
    return {
      pod,
      taints: noExecuteTaints(node),
      taintedAt: caches.changedAt("taints", "", node.metadata.name),
      now,
    };
  },
  plan: planTaintEviction,
});

export function planTaintEviction({ pod, taints, taintedAt, now }: TaintEvictionView): Plan {
  if (pod.metadata.deletionTimestamp !== undefined || taints.length === 0) return { actions: [] };
  const waits = taints.map((taint) => toleratedUntil(pod, taint, taintedAt ?? now) - now.getTime());
  const waitMs = Math.min(...waits);
  if (waitMs <= 0) return { actions: evict(pod, formatTime(now.getTime())) };
  return waitMs === Infinity ? { actions: [] } : { actions: [], requeueAfterMs: waitMs };
}

/** In milliseconds since the epoch: Infinity for ever. The shortest of all tolerations that match counts. */
function toleratedUntil(pod: Pod, taint: Taint, taintedAt: Date): number {
  const matching = (pod.spec?.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
  if (matching.length === 0) return 0;
  const seconds = Math.min(...matching.map(({ tolerationSeconds = Infinity }) => tolerationSeconds));
  const since = typeof taint.timeAdded === "string" ? parseTime(taint.timeAdded) : taintedAt.getTime();
  return Math.max(since, createdAt(pod)) + Math.max(0, seconds) * 1000;
}

/** A pod that came when the taint was there already stays as long as it tolerates it. */
function createdAt({ metadata }: Pod): number {
  return typeof metadata.creationTimestamp === "string" ? parseTime(metadata.creationTimestamp) : 0;
}

function evict(pod: Pod, time: Time): readonly Action[] {
  const { namespace = "", name, uid, generation } = pod.metadata;
  const message = `Marking for deletion Pod ${namespace}/${name}`;
  const condition: PodCondition = {
    type: "DisruptionTarget",
    status: "True",
    reason: "DeletionByTaintManager",
    message: "Taint manager: deleting due to NoExecute taint",
    ...(generation !== undefined && { observedGeneration: generation }),
  };
  const conditions = setCondition(pod.status?.conditions, condition, time);
  const marked: Pod = { ...pod, status: { ...pod.status, conditions } };
  return [
    { type: "event", about: pod, event: { type: "Normal", reason: "TaintManagerEviction", message } },
    ...(conditions === pod.status?.conditions ? [] : [{ type: "updateStatus", object: marked } as const]),
    { type: "delete", target: refTo(pod, "Pod"), uid },
  ];
}

function noExecuteTaints({ spec }: Node): readonly Taint[] {
  return spec.taints?.filter(({ effect }) => effect === "NoExecute") ?? [];
}

function taintsText(node: CachedObject<"Node">): string {
  return JSON.stringify(noExecuteTaints(node));
}

function placementOf({ spec }: Pod): string {
  return JSON.stringify([spec?.nodeName, spec?.tolerations]);
}

function nameOf({ metadata }: Pod): { readonly namespace: string; readonly name: string } {
  return { namespace: metadata.namespace ?? "", name: metadata.name };
}
