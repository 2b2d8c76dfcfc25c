import type {
  Node,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  Pod,
  PreferredSchedulingTerm,
} from "#api/generated/core-v1.ts";
import {
  compileRequirement,
  type LabelOperator,
  type Labels,
  labelRequirement,
} from "#apimachinery/selectors/label-requirement.ts";
import { compileLabelSet } from "#apimachinery/selectors/label-selector.ts";
import { SelectorError } from "#apimachinery/selectors/selector-error.ts";

/** The nodes that a pod asks for, ready for use (component-helpers `scheduling/corev1/nodeaffinity`). */
export interface NodeMatcher {
  readonly matches: (node: Node) => boolean;
}

export interface WeightedNodeMatcher extends NodeMatcher {
  readonly weight: number;
}

const everyNode: NodeMatcher = { matches: () => true };

/** The nodes that satisfy the pod's nodeSelector and one term of its required affinity. Invalid terms match nothing. */
export function requiredNodes({ spec }: Pod): NodeMatcher {
  const { nodeSelector, affinity } = spec;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (nodeSelector === undefined && required === undefined) return everyNode;
  const { matches: hasLabels } = compileLabelSet(nodeSelector);
  if (required === undefined) return { matches: ({ metadata }) => hasLabels(metadata.labels) };
  const terms = required.nodeSelectorTerms.flatMap((term) => compileLeniently(term) ?? []);
  return {
    matches: (node) => hasLabels(node.metadata.labels) && terms.some((term) => term.matches(node)),
  };
}

/** The pod's preferences. Throws a `SelectorError` for one that is invalid. */
export function preferredNodes({ spec }: Pod): readonly WeightedNodeMatcher[] {
  const preferred: readonly PreferredSchedulingTerm[] =
    spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return preferred.flatMap(({ weight, preference }) => {
    const matcher = weight === 0 ? undefined : compileTerm(preference);
    return matcher === undefined ? [] : [{ weight, ...matcher }];
  });
}

function compileLeniently(term: NodeSelectorTerm): NodeMatcher | undefined {
  try {
    return compileTerm(term);
  } catch (error) {
    if (error instanceof SelectorError) return undefined;
    throw error;
  }
}

/** Undefined for an empty term, which selects no nodes. */
function compileTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm): NodeMatcher | undefined {
  if (matchExpressions.length === 0 && matchFields.length === 0) return undefined;
  const labels = matchExpressions.map(compileExpression);
  const fields = matchFields.map(compileField);
  return {
    matches: ({ metadata }) =>
      labels.every((isMet) => isMet(metadata.labels)) && fields.every((isMet) => isMet(metadata.name)),
  };
}

const OPERATORS: Readonly<Record<NodeSelectorRequirement["operator"], LabelOperator>> = {
  In: "in",
  NotIn: "notin",
  Exists: "exists",
  DoesNotExist: "!",
  Gt: "gt",
  Lt: "lt",
};

function compileExpression({
  key,
  operator,
  values = [],
}: NodeSelectorRequirement): (labels: Labels | undefined) => boolean {
  return compileRequirement(labelRequirement(key, OPERATORS[operator], values));
}

/** The only field of a node that can be selected by is its name. */
function compileField({ key, operator, values = [] }: NodeSelectorRequirement): (name: string) => boolean {
  const [value] = values;
  if (value === undefined || values.length > 1) throw new SelectorError("values: must have one element");
  const isOther = key !== "metadata.name";
  switch (operator) {
    case "In":
      return (name) => (isOther ? "" : name) === value;
    case "NotIn":
      return (name) => (isOther ? "" : name) !== value;
    case "Exists":
    case "DoesNotExist":
    case "Gt":
    case "Lt":
      throw new SelectorError(`operator: Unsupported value: "${operator}": supported values: "In", "NotIn"`);
  }
}
