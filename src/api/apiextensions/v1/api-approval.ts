/** Groups of the Kubernetes community, which others may use only openly (KEP-1111). */
import { type FieldError, invalid, keyPath, required } from "#apimachinery/field-error.ts";
import { quote } from "#apimachinery/go-text.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
} from "../../generated/apiextensions-v1.ts";

const ANNOTATION = "api-approved.kubernetes.io";
const PATH = keyPath("metadata.annotations", ANNOTATION);
const PROTECTED = /(^|\.)(k8s|kubernetes)\.io$/;
const SEE = "see https://github.com/kubernetes/enhancements/pull/1111";

type State = "missing" | "bypassed" | "approved" | "invalid";

/** An update may leave as it was whatever is said of the approval. */
export function validateApiApproval(
  next: CustomResourceDefinition,
  previous?: CustomResourceDefinition,
): readonly FieldError[] {
  if (!isProtectedGroup(next.spec.group)) return [];
  const text = annotationOf(next);
  const state = stateOf(text);
  if (previous !== undefined && stateOf(annotationOf(previous)) === state) return [];
  const rule = `protected groups must have approval annotation ${quote(ANNOTATION)}`;
  if (state === "missing") return [required(PATH, `${rule}, ${SEE}`)];
  if (state !== "invalid") return [];
  return [invalid(PATH, text, `${rule} with either a URL or a reason starting with "unapproved", ${SEE}`)];
}

export function isProtectedGroup(group: string): boolean {
  return PROTECTED.test(group);
}

const STATE_REASONS: Readonly<Record<State, string>> = {
  missing: "MissingAnnotation",
  bypassed: "UnapprovedAnnotation",
  approved: "ApprovedAnnotation",
  invalid: "InvalidAnnotation",
};

/** What the condition `KubernetesAPIApprovalPolicyConformant` of a definition in such a group says. */
export function judgeApproval(
  definition: CustomResourceDefinition,
): Pick<CustomResourceDefinitionCondition, "status" | "reason" | "message"> {
  const text = annotationOf(definition);
  const state = stateOf(text);
  const rule = `protected groups must have approval annotation ${quote(ANNOTATION)}`;
  const messages: Readonly<Record<State, string>> = {
    missing: `${rule}, ${SEE}`,
    bypassed: `not approved: ${quote(text)}`,
    approved: `approved in ${text}`,
    invalid: `${rule} with either a URL or a reason starting with "unapproved", ${SEE}`,
  };
  return {
    status: state === "approved" ? "True" : "False",
    reason: STATE_REASONS[state],
    message: messages[state],
  };
}

function annotationOf({ metadata }: CustomResourceDefinition): string {
  return metadata.annotations?.[ANNOTATION] ?? "";
}

function stateOf(text: string): State {
  if (text === "") return "missing";
  if (text.startsWith("unapproved")) return "bypassed";
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+/i.test(text) ? "approved" : "invalid";
}
