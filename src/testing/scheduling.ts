/** What plugins of the scheduler say about a few nodes and pods, as compact text and numbers. */
import type { Node, Pod } from "#api/generated/core-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { SchedulerCache } from "#scheduler/cache/scheduler-cache.ts";
import { type ClusterEvent, mayHelp } from "#scheduler/framework/cluster-event.ts";
import type { Lister, Listers } from "#scheduler/framework/listers.ts";
import type { NodeInfo } from "#scheduler/framework/node-info.ts";
import { NodeMemo } from "#scheduler/framework/node-memo.ts";
import type { ActiveFilter, Cycle, Plugin } from "#scheduler/framework/plugin.ts";
import { type PodInfo, podInfoOf } from "#scheduler/framework/pod-info.ts";
import { compileProfile, type Framework } from "#scheduler/framework/profile.ts";
import { runFilters, runPreFilters } from "#scheduler/framework/run-filters.ts";
import { scoresOf } from "#scheduler/framework/run-scores.ts";
import type { Rejection } from "#scheduler/framework/status.ts";
import { defaultBinderPlugin } from "#scheduler/plugins/default-binder.ts";
import { prioritySortPlugin } from "#scheduler/plugins/priority-sort.ts";

/** A cluster of these nodes and these pods, those that name a node; `objects` are what else there is. */
export interface Surroundings {
  readonly nodes: readonly Node[];
  readonly pods?: readonly Pod[];
  readonly objects?: readonly KubeObject[];
}

export function aCycle({ nodes, pods = [], objects = [] }: Surroundings): Cycle {
  const cache = new SchedulerCache();
  for (const node of nodes) cache.putNode(node);
  for (const pod of pods) cache.putPod(pod);
  return { snapshot: cache.snapshot(), listers: listersOf(objects), memo: new NodeMemo() };
}

/** A profile of this plugin and what no profile can do without. */
export function aFramework(...plugins: readonly Plugin[]): Framework {
  const all = [prioritySortPlugin, ...plugins, defaultBinderPlugin];
  return compileProfile({ schedulerName: "default-scheduler", plugins: all.map((plugin) => ({ plugin })) });
}

/** What the plugin says of each node: `fits`, or the code and the reasons of its rejection. */
export function verdicts(
  plugin: Plugin,
  pod: Pod,
  surroundings: Surroundings,
): Readonly<Record<string, string>> {
  const cycle = aCycle(surroundings);
  const info = podInfoOf(pod);
  const prepared = runPreFilters(aFramework(plugin), info, cycle);
  return Object.fromEntries(
    cycle.snapshot.nodes.map((node) => [
      node.name,
      prepared.type === "rejected"
        ? describe(prepared.rejection)
        : describeVerdict(prepared.filters, info, node, prepared.only?.nodeNames),
    ]),
  );
}

/** The points that the plugin gives each node; `skip` when it does not look at the pod. */
export function points(
  plugin: Plugin,
  pod: Pod,
  surroundings: Surroundings,
): Readonly<Record<string, number>> | "skip" {
  const cycle = aCycle(surroundings);
  const [weighted] = aFramework(plugin).scores;
  if (weighted === undefined) throw new TypeError(`Plugin "${plugin.name}" does not score`);
  const { nodes } = cycle.snapshot;
  const scores = scoresOf(weighted, podInfoOf(pod), nodes, cycle);
  if (scores === undefined) return "skip";
  return Object.fromEntries(nodes.map(({ name }, index) => [name, scores[index] ?? Number.NaN]));
}

/** Whether the plugin wants a pod that it rejected to be tried again after the event. */
export function wantsRetry(plugin: Plugin, rejected: Pod, event: ClusterEvent): boolean {
  const info = podInfoOf(rejected);
  return plugin.events?.some((registration) => mayHelp(registration, info, event)) === true;
}

function describeVerdict(
  filters: readonly ActiveFilter[],
  pod: PodInfo,
  node: NodeInfo,
  only: ReadonlySet<string> | undefined,
): string {
  if (only?.has(node.name) === false) return "not asked";
  const rejection = runFilters(filters, pod, node);
  return rejection === undefined ? "fits" : describe(rejection);
}

function describe({ code, reasons }: Rejection): string {
  return `${code}: ${reasons.join(", ")}`;
}

export function listersOf(objects: readonly KubeObject[]): Listers {
  const listerOf = <T extends KubeObject>(kind: T["kind"]): Lister<T> => {
    // Objects of a kind have the type of that kind.
    const all = objects.filter((object) => object.kind === kind) as unknown as readonly T[];
    return {
      get: (namespace, name) =>
        all.find(({ metadata }) => metadata.name === name && (metadata.namespace ?? "") === namespace),
      list: (namespace) =>
        all.filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace),
    };
  };
  return {
    namespaces: listerOf("Namespace"),
    podDisruptionBudgets: listerOf("PodDisruptionBudget"),
    replicaSets: listerOf("ReplicaSet"),
    replicationControllers: listerOf("ReplicationController"),
    services: listerOf("Service"),
    statefulSets: listerOf("StatefulSet"),
  };
}
