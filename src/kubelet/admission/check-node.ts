import type {
  Node,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  Taint,
  Toleration,
} from "#api/generated/core-v1.ts";
import { isStaticPod } from "../pod/pod-origin.ts";
import { type AdmissionCheck, predicateFailed } from "./rejection.ts";

const OPERATING_SYSTEM = "linux";
const OS_LABEL = "kubernetes.io/os";

/** The pod is for this operating system. */
export const checkOperatingSystem: AdmissionCheck = ({ pod }) => {
  const label = pod.metadata.labels?.[OS_LABEL];
  if (label !== undefined && label !== OPERATING_SYSTEM) {
    return {
      reason: "PodOSSelectorNodeLabelDoesNotMatch",
      message: "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label",
    };
  }
  if (pod.spec.os !== undefined && pod.spec.os.name !== OPERATING_SYSTEM) {
    return {
      reason: "PodOSNotSupported",
      message: "Failed to admit pod as the OS field doesn't match node OS",
    };
  }
  return undefined;
};

export const checkNodeName: AdmissionCheck = ({ pod, node }) =>
  pod.spec.nodeName === node.metadata.name
    ? undefined
    : predicateFailed("NodeName", "node(s) didn't match the requested node name");

/** Node selector and required node affinity. */
export const checkNodeAffinity: AdmissionCheck = ({ pod, node }) => {
  const { nodeSelector = {}, affinity } = pod.spec;
  const { labels = {} } = node.metadata;
  const isSelected = Object.entries(nodeSelector).every(([key, value]) => labels[key] === value);
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const fits = isSelected && (terms === undefined || terms.some((term) => fitsTerm(term, node)));
  return fits
    ? undefined
    : predicateFailed("NodeAffinity", "node(s) didn't match Pod's node affinity/selector");
};

/** Taints that drive pods off the node also keep them from it. */
export const checkTaints: AdmissionCheck = ({ pod, node }) => {
  const { taints = [] } = node.spec;
  const isTolerated = taints
    .filter(({ effect }) => effect === "NoExecute")
    .every((taint) => (pod.spec.tolerations ?? []).some((toleration) => tolerates(toleration, taint)));
  return isStaticPod(pod) || isTolerated
    ? undefined
    : predicateFailed("TaintToleration", "node(s) had taints that the pod didn't tolerate");
};

/** A group policy that needs the runtime's help, which this one does not give. */
export const checkSupplementalGroups: AdmissionCheck = ({ pod }) =>
  pod.spec.securityContext?.supplementalGroupsPolicy === "Strict"
    ? {
        reason: "SupplementalGroupsPolicyNotSupported",
        message: "SupplementalGroupsPolicy=Strict is not supported in this node",
      }
    : undefined;

/** A term without any requirement selects nothing. */
function fitsTerm(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  { metadata }: Node,
): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  const labels: Readonly<Record<string, string>> = metadata.labels ?? {};
  const fields: Readonly<Record<string, string>> = { "metadata.name": metadata.name };
  return (
    matchExpressions.every((requirement) => fitsRequirement(requirement, labels[requirement.key])) &&
    matchFields.every((requirement) => fitsRequirement(requirement, fields[requirement.key]))
  );
}

function fitsRequirement(
  { operator, values = [] }: NodeSelectorRequirement,
  value: string | undefined,
): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return isInteger(value) && Number(value) > Number(values[0]);
    case "Lt":
      return isInteger(value) && Number(value) < Number(values[0]);
  }
}

function isInteger(value: string | undefined): boolean {
  return value !== undefined && /^[+-]?\d+$/.test(value);
}

function tolerates({ key = "", operator = "Equal", value = "", effect }: Toleration, taint: Taint): boolean {
  if (effect !== undefined && effect !== taint.effect) return false;
  if (key !== "" && key !== taint.key) return false;
  if (operator === "Exists") return true;
  return operator === "Equal" && key !== "" && value === (taint.value ?? "");
}
