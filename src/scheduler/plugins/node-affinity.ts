import type { NodeSelectorTerm, Pod } from "#api/generated/core-v1.ts";
import { definePlugin } from "../framework/plugin.ts";
import { normalizeByHighest } from "../framework/run-scores.ts";
import { SKIP, unresolvable } from "../framework/status.ts";
import {
  type NodeMatcher,
  preferredNodes,
  requiredNodes,
  type WeightedNodeMatcher,
} from "../matching/node-selector.ts";

export const REASON_NODE_AFFINITY = "node(s) didn't match Pod's node affinity/selector";
export const REASON_CONFLICT = "pod affinity terms conflict";

/** Takes nodes that match the pod's nodeSelector and required affinity, and prefers those that it prefers. */
export const nodeAffinityPlugin = definePlugin<NodeMatcher, readonly WeightedNodeMatcher[]>({
  name: "NodeAffinity",
  events: [
    {
      resource: "Node",
      actions: ["Add", "UpdateNodeLabel"],
      mayHelp: ({ pod }, { previous, object }) => {
        const { matches } = requiredNodes(pod);
        return object !== undefined && matches(object) && (previous === undefined || !matches(previous));
      },
    },
  ],
  preFilter: ({ pod }) => {
    const { nodeSelector, affinity } = pod.spec;
    const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    if (nodeSelector === undefined && required === undefined) return SKIP;
    const nodeNames = namedNodes(pod);
    if (nodeNames?.size === 0) return { rejection: unresolvable(REASON_CONFLICT) };
    return { state: requiredNodes(pod), ...(nodeNames && { nodeNames }) };
  },
  filter: ({ matches }, _pod, { node }) => (matches(node) ? undefined : unresolvable(REASON_NODE_AFFINITY)),
  preScore: ({ pod }) => {
    const preferred = preferredNodes(pod);
    return preferred.length === 0 ? SKIP : preferred;
  },
  score: (preferred, _pod, { node }) =>
    preferred.reduce((sum, { weight, matches }) => (matches(node) ? sum + weight : sum), 0),
  normalize: normalizeByHighest,
});

/** The nodes that the pod's terms name, when every term names some. Terms are alternatives. */
function namedNodes({ spec }: Pod): ReadonlySet<string> | undefined {
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const terms = required?.nodeSelectorTerms ?? [];
  const names = terms.map(namedByTerm);
  if (terms.length === 0 || names.includes(undefined)) return undefined;
  return new Set(names.flatMap((each) => [...(each ?? [])]));
}

/** The requirements of a term must all hold. */
function namedByTerm({ matchFields = [] }: NodeSelectorTerm): ReadonlySet<string> | undefined {
  return matchFields
    .filter(({ key, operator }) => key === "metadata.name" && operator === "In")
    .map(({ values = [] }): ReadonlySet<string> => new Set(values))
    .reduce<ReadonlySet<string> | undefined>((all, each) => all?.intersection(each) ?? each, undefined);
}
