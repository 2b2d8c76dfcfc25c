import { isPodTerminal } from "#api/core/v1/pod-status.ts";
import type { Binding, Pod, PodCondition, PodStatus } from "#api/generated/core-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { formatTime } from "#apimachinery/time.ts";
import type { Action } from "#reconcile/action.ts";
import { type Controller, defineController } from "#reconcile/controller.ts";

export interface ModelKubeletOptions {
  /** Where pods go that have no node yet. Default: `node-1`. */
  readonly node?: string;
  /** Which pods become ready. Default: all. */
  readonly isReady?: (pod: Pod) => boolean;
}

interface View {
  readonly pod: Pod;
  readonly now: Date;
}

/**
 * Stands for the scheduler and all kubelets in tests of what builds on them: every pod gets a node, an address and
 * running containers at once, and is gone as soon as it should go.
 */
export function modelKubelet(options: ModelKubeletOptions = {}): Controller<View> {
  const { node = "node-1", isReady = () => true } = options;
  return defineController<View>({
    name: "model-kubelet",
    primary: "Pod",
    watches: [{ kind: "Pod", wakes: "itself" }],
    writes: ["Binding", "Pod", "Pod/status"],
    observe(ref, caches, now) {
      const pod = caches.get("Pod", ref.namespace, ref.name);
      return pod && { pod, now };
    },
    plan: ({ pod, now }) => ({
      actions: actionsFor(pod, { node, isReady: isReady(pod), now: formatTime(now.getTime()) }),
    }),
  });
}

function actionsFor(
  pod: Pod,
  { node, isReady, now }: { node: string; isReady: boolean; now: string },
): readonly Action[] {
  const { namespace = "", name, uid, deletionTimestamp } = pod.metadata;
  if (deletionTimestamp !== undefined) {
    return [{ type: "delete", target: { kind: "Pod", namespace, name }, uid, gracePeriodSeconds: 0 }];
  }
  if (pod.spec?.nodeName === undefined) {
    const target = { apiVersion: "v1", kind: "Node", name: node };
    const binding: NewObject<Binding> = {
      apiVersion: "v1",
      kind: "Binding",
      metadata: { namespace, name, uid },
      target,
    };
    return [{ type: "create", object: binding }];
  }
  if (isPodTerminal(pod) || isRunning(pod, isReady)) return [];
  const running: Pod = { ...pod, status: runningStatus(pod, isReady, now) };
  return [{ type: "updateStatus", object: running }];
}

function isRunning({ status }: Pod, isReady: boolean): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return status?.phase === "Running" && ready?.status === String(isReady ? "True" : "False");
}

function runningStatus({ metadata, status }: Pod, isReady: boolean, now: string): PodStatus {
  const condition = (type: string, isTrue: boolean): PodCondition => ({
    type,
    status: isTrue ? "True" : "False",
    lastTransitionTime: now,
  });
  const number = Number(/\d+$/.exec(metadata.uid)?.[0] ?? 0);
  const podIP = `10.244.${String((number >> 8) & 255)}.${String(number & 255)}`;
  return {
    ...status,
    phase: "Running",
    startTime: status?.startTime ?? now,
    podIP,
    podIPs: [{ ip: podIP }],
    conditions: [
      ...(status?.conditions ?? []).filter(({ type }) => type === "PodScheduled"),
      condition("Initialized", true),
      condition("ContainersReady", isReady),
      condition("Ready", isReady),
    ],
  };
}
