import type { Pod } from "#api/generated/core-v1.ts";
import { findNodes } from "./find-nodes.ts";
import { fitMessage } from "./framework/fit-message.ts";
import type { NodeInfo } from "./framework/node-info.ts";
import type { NodeRejections } from "./framework/node-rejections.ts";
import type { NominatedPods } from "./framework/nominated-pods.ts";
import type { ActiveFilter, Cycle, PostFilterOutcome } from "./framework/plugin.ts";
import type { PodInfo } from "./framework/pod-info.ts";
import { type Framework, NO_NODES } from "./framework/profile.ts";
import { runPreFilters } from "./framework/run-filters.ts";
import { runScores } from "./framework/run-scores.ts";

/** Everything that the decision about a pod is made from. */
export interface Attempt {
  readonly pod: PodInfo;
  readonly framework: Framework;
  readonly cycle: Cycle;
  readonly nominated: NominatedPods;
  /** Where to begin in the list of nodes; a decision says where the next attempt should. */
  readonly startIndex: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export type Decision = Placement | Failure;

export interface Placement {
  readonly type: "placement";
  readonly nodeName: string;
  readonly evaluatedNodes: number;
  readonly feasibleNodes: number;
  readonly nextStartIndex: number;
}

export interface Failure {
  readonly type: "failure";
  /** As users read it in the event and in the condition. */
  readonly message: string;
  /** The plugins that rejected the pod; what they wait for may help. */
  readonly rejectors: ReadonlySet<string>;
  /** The node that the pod is promised from now on; empty for none, undefined for no change. */
  readonly nominatedNodeName?: string;
  /** Pods that must go from that node first, the most important first. */
  readonly victims: readonly Pod[];
  readonly nextStartIndex: number;
}

/** Decides where a pod runs, or why nowhere. Throws what a plugin throws. */
export function schedulePod(attempt: Attempt): Decision {
  const { pod, framework, cycle, nominated, startIndex } = attempt;
  const { snapshot } = cycle;
  if (snapshot.nodes.length === 0) return noNodes(startIndex);
  const prepared = runPreFilters(framework, pod, cycle);
  const { filters } = prepared;
  if (prepared.type === "rejected") {
    const rejections: NodeRejections = { byNode: new Map(), others: prepared.rejection };
    return afterRejection(attempt, {
      filters,
      rejections,
      rejectors: prepared.plugins,
      preFilter: prepared.rejection.reasons.join(", "),
      nextStartIndex: startIndex,
    });
  }
  const { percentageOfNodesToScore } = framework;
  const { only } = prepared;
  const found = findNodes({
    pod,
    filters,
    snapshot,
    nominated,
    percentageOfNodesToScore,
    startIndex,
    ...(only && { only }),
  });
  const { feasible, rejections, nextStartIndex } = found;
  const [first] = feasible;
  if (first === undefined) {
    const rejectors = [...(only?.plugins ?? []), ...rejectorsIn(rejections)];
    return afterRejection(attempt, { filters, rejections, rejectors, nextStartIndex });
  }
  return {
    type: "placement",
    nodeName: feasible.length === 1 ? first.name : pickBest(attempt, feasible).name,
    evaluatedNodes: feasible.length + rejections.byNode.size,
    feasibleNodes: feasible.length,
    nextStartIndex,
  };
}

/** A node with the highest score; of several, any. */
function pickBest({ pod, framework, cycle, random }: Attempt, nodes: readonly NodeInfo[]): NodeInfo {
  const scores = runScores(framework, pod, nodes, cycle);
  const highest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const best = nodes.filter((_node, index) => scores[index] === highest);
  // There is a highest score, since there are nodes.
  return best[Math.floor(random() * best.length)] as NodeInfo;
}

interface Rejected {
  readonly filters: readonly ActiveFilter[];
  readonly rejections: NodeRejections;
  readonly rejectors: readonly string[];
  readonly preFilter?: string;
  readonly nextStartIndex: number;
}

function afterRejection(attempt: Attempt, rejected: Rejected): Failure {
  const { filters, rejections, rejectors, preFilter, nextStartIndex } = rejected;
  const outcome = runPostFilters(attempt, filters, rejections);
  const postFilter = outcome.type === "helpless" ? outcome.reasons.join(", ") : "";
  const nodeCount = attempt.cycle.snapshot.nodes.length;
  return {
    type: "failure",
    message: fitMessage(nodeCount, rejections, { postFilter, ...(preFilter !== undefined && { preFilter }) }),
    rejectors: new Set(rejectors),
    ...nominationOf(outcome),
    victims: outcome.type === "preemption" ? outcome.victims : [],
    nextStartIndex,
  };
}

/** Until one helps; what the others said is put together. */
function runPostFilters(
  { pod, framework, cycle, nominated, random, now }: Attempt,
  filters: readonly ActiveFilter[],
  rejections: NodeRejections,
): PostFilterOutcome {
  const reasons: string[] = [];
  let clearsNomination = framework.postFilters.length === 0;
  for (const plugin of framework.postFilters) {
    const outcome = plugin.postFilter({ pod, cycle, filters, rejections, nominated, random, now });
    if (outcome.type === "preemption") return outcome;
    reasons.push(...outcome.reasons);
    clearsNomination ||= outcome.clearsNomination;
  }
  return { type: "helpless", reasons, clearsNomination };
}

function nominationOf(outcome: PostFilterOutcome): Pick<Failure, "nominatedNodeName"> {
  if (outcome.type === "preemption") return { nominatedNodeName: outcome.nodeName };
  return outcome.clearsNomination ? { nominatedNodeName: "" } : {};
}

function noNodes(startIndex: number): Failure {
  return {
    type: "failure",
    message: "no nodes available to schedule pods",
    rejectors: new Set([NO_NODES]),
    nominatedNodeName: "",
    victims: [],
    nextStartIndex: startIndex,
  };
}

function rejectorsIn({ byNode }: NodeRejections): readonly string[] {
  return Array.from(byNode.values(), ({ plugin }) => plugin);
}
