import { indexPath } from "#apimachinery/field-error.ts";
import { checkLabelValue } from "#apimachinery/formats.ts";
import type { LabelSelector } from "#apimachinery/generated/meta-v1.ts";
import type { NodeSelectorRequirement, NodeSelectorTerm } from "../generated/core-v1.ts";

/** Labels of nodes that have a successor, with what Kubernetes says of them (`pkg/api/node/util.go`). */
const DEPRECATED_NODE_LABELS: ReadonlyMap<string, string> = new Map([
  ["beta.kubernetes.io/arch", 'deprecated since v1.14; use "kubernetes.io/arch" instead'],
  ["beta.kubernetes.io/os", 'deprecated since v1.14; use "kubernetes.io/os" instead'],
  [
    "failure-domain.beta.kubernetes.io/region",
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  ],
  [
    "failure-domain.beta.kubernetes.io/zone",
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  ],
  [
    "beta.kubernetes.io/instance-type",
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  ],
  ["app.kubernetes.io/created-by", "deprecated since v1.9"],
  [
    "scheduler.alpha.kubernetes.io/preferAvoidPods",
    "deprecated since v1.22; use Taints and Tolerations instead",
  ],
  ["node-role.kubernetes.io/master", 'use "node-role.kubernetes.io/control-plane" instead'],
]);

/** Why a label of a node should not be used any more, or undefined. */
export function nodeLabelDeprecation(key: string): string | undefined {
  return DEPRECATED_NODE_LABELS.get(key);
}

/** Warnings for deprecated labels in a selector of nodes. */
export function nodeSelectorWarnings(selector: LabelSelector | undefined, path: string): readonly string[] {
  const { matchExpressions = [], matchLabels = {} } = selector ?? {};
  return [
    ...matchExpressions.flatMap(({ key }, index) => {
      const deprecation = nodeLabelDeprecation(key);
      const expressionPath = indexPath(`${path}.matchExpressions`, index);
      return deprecation === undefined ? [] : [`${expressionPath}.key: ${key} is ${deprecation}`];
    }),
    ...Object.keys(matchLabels).flatMap((label) => {
      const deprecation = nodeLabelDeprecation(label);
      return deprecation === undefined ? [] : [`${path}.matchLabels.${label}: ${deprecation}`];
    }),
  ];
}

/** Warnings for deprecated labels in a term that selects nodes, and for values where the API does not check them. */
export function nodeTermWarnings(
  { matchExpressions = [] }: NodeSelectorTerm,
  path: string,
  options: { readonly checkValues: boolean },
): readonly string[] {
  return matchExpressions.flatMap((requirement, index) => {
    const requirementPath = indexPath(`${path}.matchExpressions`, index);
    const deprecation = nodeLabelDeprecation(requirement.key);
    return [
      ...(deprecation === undefined ? [] : [`${requirementPath}.key: ${requirement.key} is ${deprecation}`]),
      ...(options.checkValues ? valueWarnings(requirement, requirementPath) : []),
    ];
  });
}

function valueWarnings({ values = [] }: NodeSelectorRequirement, path: string): readonly string[] {
  return values.flatMap((value, index) =>
    checkLabelValue(value).map(
      (message) => `${indexPath(`${path}.values`, index)}: ${value} is invalid, ${message}`,
    ),
  );
}
