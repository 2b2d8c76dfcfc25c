/**
 * The extension points of the scheduling framework (kube-scheduler `framework/interface.go`). Deciding is synchronous
 * and pure: plugins answer from their arguments alone. Only binding speaks to the API server.
 */
import type { Pod } from "#api/generated/core-v1.ts";
import type { EventRegistration } from "./cluster-event.ts";
import type { Listers } from "./listers.ts";
import type { NodeInfo } from "./node-info.ts";
import type { NodeMemo } from "./node-memo.ts";
import type { NodeRejections } from "./node-rejections.ts";
import type { NominatedPods } from "./nominated-pods.ts";
import type { PodInfo } from "./pod-info.ts";
import type { SchedulerClient } from "./scheduler-client.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Rejection, SKIP } from "./status.ts";

/** The state of the cluster that one attempt to schedule a pod is decided from. */
export interface Cycle {
  readonly snapshot: Snapshot;
  readonly listers: Listers;
  /** Makes repeated work cheap; it has no influence on results. */
  readonly memo: NodeMemo;
}

export interface PreEnqueuePlugin {
  /** Keeps the pod from being tried at all until an event that the plugin registered. */
  preEnqueue(pod: Pod): Rejection | undefined;
}

/** What pods in the queue are ordered by. */
export interface QueueOrder {
  readonly info: PodInfo;
  /** When the pod came to the queue, or was last tried. Milliseconds. */
  readonly timestamp: number;
}

export interface QueueSortPlugin {
  /** Negative when `a` comes first. */
  compare(a: QueueOrder, b: QueueOrder): number;
}

export type PreFilterOutcome<State> =
  /** The filter has nothing to say about the pod and is left out. */
  | typeof SKIP
  /** No node will do. After `Unschedulable` the other plugins are asked as well, because preemption may follow. */
  | { readonly rejection: Rejection }
  /** `nodeNames` are the only nodes that can do; default: all. */
  | { readonly state: State; readonly nodeNames?: ReadonlySet<string> };

export interface FilterPlugin<State = unknown> {
  /** Prepares what `filter` needs; without it the state is undefined. */
  preFilter?(pod: PodInfo, cycle: Cycle): PreFilterOutcome<State>;
  /** Whether the pod can run on the node. The node may hold other pods than the snapshot says. */
  filter(state: State, pod: PodInfo, node: NodeInfo): Rejection | undefined;
  /** The state if `added` ran on the node as well. */
  addPod?(state: State, pod: PodInfo, added: PodInfo, node: NodeInfo): State;
  /** The state if `removed` did not run on the node. */
  removePod?(state: State, pod: PodInfo, removed: PodInfo, node: NodeInfo): State;
}

/** A filter that has a say about the pod, with what it has prepared. */
export interface ActiveFilter {
  readonly plugin: Named & FilterPlugin;
  readonly state: unknown;
}

export interface PostFilterRequest {
  readonly pod: PodInfo;
  readonly cycle: Cycle;
  readonly filters: readonly ActiveFilter[];
  readonly rejections: NodeRejections;
  readonly nominated: NominatedPods;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export type PostFilterOutcome =
  /** Nothing helps for now. `clearsNomination` says that the node the pod was promised is no longer meant for it. */
  | { readonly type: "helpless"; readonly reasons: readonly string[]; readonly clearsNomination: boolean }
  /** The pod will fit on the node once these pods, the most important first, have gone. */
  | { readonly type: "preemption"; readonly nodeName: string; readonly victims: readonly Pod[] };

export interface PostFilterPlugin {
  /** Called when no node can run the pod; the first outcome that is of help counts. */
  postFilter(request: PostFilterRequest): PostFilterOutcome;
}

export interface ScorePlugin<State = unknown> {
  /** Prepares what `score` needs; `nodes` are those that can run the pod. Without it the state is undefined. */
  preScore?(pod: PodInfo, nodes: readonly NodeInfo[], cycle: Cycle): State | typeof SKIP;
  /** How good the node is, as a whole number; from 0 to 100 unless there is `normalize`. */
  score(state: State, pod: PodInfo, node: NodeInfo): number;
  /** Brings the scores of all nodes, in the order of `nodes`, to whole numbers from 0 to 100. */
  normalize?(scores: readonly number[], state: State, nodes: readonly NodeInfo[]): readonly number[];
}

export interface ReservePlugin {
  /** Notes that the pod is about to be bound to the node. */
  reserve(pod: PodInfo, nodeName: string): Rejection | undefined;
  /** Takes the note back after a failure; called even when `reserve` was not. */
  unreserve(pod: PodInfo, nodeName: string): void;
}

export interface BindContext {
  readonly client: SchedulerClient;
  readonly signal: AbortSignal;
}

export interface PreBindPlugin {
  /** Brings about what the pod needs on the node. Rejects when that fails; the pod is then tried again. */
  preBind(pod: PodInfo, nodeName: string, context: BindContext): Promise<void>;
}

export interface BindPlugin {
  /** Tells the API server of the decision, or leaves that to the next plugin. */
  bind(pod: PodInfo, nodeName: string, context: BindContext): Promise<typeof SKIP | undefined>;
}

export interface Named {
  /** As in Kubernetes; users see it in logs, metrics and configuration. */
  readonly name: string;
}

export type Plugin<FilterState = unknown, ScoreState = unknown> = Named &
  Partial<PreEnqueuePlugin> &
  Partial<QueueSortPlugin> &
  Partial<FilterPlugin<FilterState>> &
  Partial<PostFilterPlugin> &
  Partial<ScorePlugin<ScoreState>> &
  Partial<ReservePlugin> &
  Partial<PreBindPlugin> &
  Partial<BindPlugin> & {
    /** What may help pods that the plugin rejected; nothing else makes them be tried again before 5 minutes. */
    readonly events?: readonly EventRegistration[];
  };

export function definePlugin<FilterState = undefined, ScoreState = undefined>(
  plugin: Plugin<FilterState, ScoreState>,
): Plugin {
  return Object.freeze(plugin);
}
