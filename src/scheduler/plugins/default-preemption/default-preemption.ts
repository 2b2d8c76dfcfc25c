import type { Pod } from "#api/generated/core-v1.ts";
import { findCondition } from "#apimachinery/conditions.ts";
import { fitMessage } from "../../framework/fit-message.ts";
import type { NodeInfo } from "../../framework/node-info.ts";
import { preemptableNodes } from "../../framework/node-rejections.ts";
import { definePlugin, type PostFilterOutcome, type PostFilterRequest } from "../../framework/plugin.ts";
import { type PluginRejection, type Rejection, unresolvable } from "../../framework/status.ts";
import { pickCandidate } from "./pick-candidate.ts";
import { type Candidate, selectVictims } from "./select-victims.ts";

const NAME = "DefaultPreemption";

export const REASON_NOT_HELPFUL = "Preemption is not helpful for scheduling";
export const REASON_NEVER = "not eligible due to preemptionPolicy=Never.";
export const REASON_TERMINATING = "not eligible due to a terminating pod on the nominated node.";

/** So many candidates are compared, of all nodes that preemption could help on. */
const MIN_CANDIDATES = 100;
const MIN_CANDIDATES_PERCENTAGE = 10;

/** Makes room by taking pods of lower priority away, where that helps and does the least harm. */
export const defaultPreemptionPlugin = definePlugin({
  name: NAME,
  postFilter: (request) => {
    const obstacle = whyNotEligible(request);
    if (obstacle !== undefined) {
      return { type: "helpless", reasons: [`preemption: ${obstacle}`], clearsNomination: false };
    }
    return preempt(request);
  },
});

/** A pod that made room once does not do so again while its victims are still on their way out. */
function whyNotEligible({ pod, cycle, rejections }: PostFilterRequest): string | undefined {
  const { spec, status } = pod.pod;
  if (spec.preemptionPolicy === "Never") return REASON_NEVER;
  const { nominatedNodeName = "" } = status ?? {};
  if (nominatedNodeName === "") return undefined;
  const { code } = rejections.byNode.get(nominatedNodeName) ?? rejections.others;
  if (code === "UnschedulableAndUnresolvable") return undefined;
  const others = cycle.snapshot.get(nominatedNodeName)?.pods ?? [];
  const isWaiting = others.some((other) => other.priority < pod.priority && isBeingPreempted(other.pod));
  return isWaiting ? REASON_TERMINATING : undefined;
}

function isBeingPreempted({ metadata, status }: Pod): boolean {
  if (metadata.deletionTimestamp === undefined) return false;
  const target = findCondition(status?.conditions, "DisruptionTarget");
  return target?.status === "True" && target.reason === "PreemptionByScheduler";
}

function preempt(request: PostFilterRequest): PostFilterOutcome {
  const { snapshot, listers } = request.cycle;
  const nodes = preemptableNodes(request.rejections, snapshot);
  const budgets = nodes.length === 0 ? [] : listers.podDisruptionBudgets.list();
  const { candidates, rejections } = findCandidates(request, nodes, budgets);
  const best = pickCandidate(candidates, request.now);
  if (best !== undefined) return { type: "preemption", nodeName: best.nodeName, victims: best.victims };
  const others = unresolvable(REASON_NOT_HELPFUL);
  const message = fitMessage(snapshot.nodes.length, { byNode: rejections, others });
  return { type: "helpless", reasons: [`preemption: ${message}`], clearsNomination: true };
}

/** Looks at nodes from a random one on, until enough candidates are found, one without violations among them. */
function findCandidates(
  request: PostFilterRequest,
  nodes: readonly NodeInfo[],
  budgets: Parameters<typeof selectVictims>[2],
): { readonly candidates: readonly Candidate[]; readonly rejections: ReadonlyMap<string, PluginRejection> } {
  const enough = Math.min(
    nodes.length,
    Math.max(Math.trunc((nodes.length * MIN_CANDIDATES_PERCENTAGE) / 100), MIN_CANDIDATES),
  );
  const offset = Math.floor(request.random() * nodes.length);
  const harmless: Candidate[] = [];
  const harmful: Candidate[] = [];
  const rejections = new Map<string, PluginRejection>();
  for (const node of [...nodes.slice(offset), ...nodes.slice(0, offset)]) {
    const selected = selectVictims(request, node, budgets);
    if ("rejection" in selected) rejections.set(node.name, named(selected.rejection));
    else (selected.violations === 0 ? harmless : harmful).push(selected);
    if (harmless.length > 0 && harmless.length + harmful.length >= enough) break;
  }
  return { candidates: [...harmless, ...harmful], rejections };
}

function named(rejection: Rejection): PluginRejection {
  return { plugin: NAME, ...rejection };
}
