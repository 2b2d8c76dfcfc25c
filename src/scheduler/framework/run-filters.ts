import type { NodeInfo } from "./node-info.ts";
import { withPod } from "./node-info.ts";
import type { NominatedPods } from "./nominated-pods.ts";
import type { ActiveFilter, Cycle } from "./plugin.ts";
import type { PodInfo } from "./pod-info.ts";
import type { Framework } from "./profile.ts";
import { type PluginRejection, type Rejection, SKIP, unresolvable } from "./status.ts";

export type PreFilterResult =
  | {
      readonly type: "rejected";
      readonly rejection: Rejection;
      /** The plugins that it comes from. */
      readonly plugins: readonly string[];
      readonly filters: readonly ActiveFilter[];
    }
  | {
      readonly type: "ready";
      readonly filters: readonly ActiveFilter[];
      /** The only nodes that can do, and who said so; undefined when all can. */
      readonly only?: { readonly nodeNames: ReadonlySet<string>; readonly plugins: readonly string[] };
    };

/** Asks all filters to prepare themselves for the pod. */
export function runPreFilters({ filters }: Framework, pod: PodInfo, cycle: Cycle): PreFilterResult {
  const active: ActiveFilter[] = [];
  const narrowing: string[] = [];
  let nodeNames: ReadonlySet<string> | undefined;
  let rejected: { readonly rejection: Rejection; readonly plugins: readonly string[] } | undefined;
  for (const plugin of filters) {
    const outcome = plugin.preFilter === undefined ? { state: undefined } : plugin.preFilter(pod, cycle);
    if (outcome === SKIP) continue;
    if ("rejection" in outcome) {
      rejected = { rejection: outcome.rejection, plugins: [plugin.name] };
      if (outcome.rejection.code === "UnschedulableAndUnresolvable") {
        return { type: "rejected", ...rejected, filters: active };
      }
      continue;
    }
    active.push({ plugin, state: outcome.state });
    if (outcome.nodeNames === undefined) continue;
    narrowing.push(plugin.name);
    nodeNames = nodeNames === undefined ? outcome.nodeNames : nodeNames.intersection(outcome.nodeNames);
    if (nodeNames.size === 0) {
      const rejection = unresolvable(unsatisfied(narrowing));
      return { type: "rejected", rejection, plugins: narrowing, filters: active };
    }
  }
  if (rejected !== undefined) return { type: "rejected", ...rejected, filters: active };
  const only = nodeNames && { nodeNames, plugins: narrowing.toSorted() };
  return { type: "ready", filters: active, ...(only && { only }) };
}

/** The first filter that does not want the pod on the node. */
export function runFilters(
  filters: readonly ActiveFilter[],
  pod: PodInfo,
  node: NodeInfo,
): PluginRejection | undefined {
  for (const { plugin, state } of filters) {
    const rejection = plugin.filter(state, pod, node);
    if (rejection !== undefined) return { ...rejection, plugin: plugin.name };
  }
  return undefined;
}

/**
 * The same, with pods of at least the same priority that have been promised room on the node. The pod must fit
 * with them there, and without them as well, since they may yet go elsewhere while the pod counts on their company.
 */
export function runFiltersWithNominated(
  filters: readonly ActiveFilter[],
  pod: PodInfo,
  node: NodeInfo,
  nominated: NominatedPods,
): PluginRejection | undefined {
  const promised = nominated.on(node.name);
  if (promised.length === 0) return runFilters(filters, pod, node);
  const expected = promised.filter(
    (other) => other.priority >= pod.priority && other.pod.metadata.uid !== pod.pod.metadata.uid,
  );
  if (expected.length === 0) return runFilters(filters, pod, node);
  let crowded = { filters, node };
  for (const other of expected) {
    crowded = {
      filters: addToFilters(crowded.filters, pod, other, node),
      node: withPod(crowded.node, other),
    };
  }
  return runFilters(crowded.filters, pod, crowded.node) ?? runFilters(filters, pod, node);
}

/** The filters as if `added` ran on the node. */
export function addToFilters(
  filters: readonly ActiveFilter[],
  pod: PodInfo,
  added: PodInfo,
  node: NodeInfo,
): readonly ActiveFilter[] {
  return filters.map((filter) => {
    const { plugin, state } = filter;
    return plugin.addPod === undefined ? filter : { plugin, state: plugin.addPod(state, pod, added, node) };
  });
}

/** The filters as if `removed` did not run on the node. */
export function removeFromFilters(
  filters: readonly ActiveFilter[],
  pod: PodInfo,
  removed: PodInfo,
  node: NodeInfo,
): readonly ActiveFilter[] {
  return filters.map((filter) => {
    const { plugin, state } = filter;
    return plugin.removePod === undefined
      ? filter
      : { plugin, state: plugin.removePod(state, pod, removed, node) };
  });
}

function unsatisfied(plugins: readonly string[]): string {
  const names = plugins.toSorted().join(" ");
  return plugins.length === 1
    ? `node(s) didn't satisfy plugin ${names}`
    : `node(s) didn't satisfy plugin(s) [${names}] simultaneously`;
}
