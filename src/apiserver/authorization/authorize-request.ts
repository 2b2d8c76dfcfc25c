import { checkPathSegmentName } from "#apimachinery/formats.ts";
import type { ListOptions, RequestOperation, RequestTarget, ResourceRequest } from "#apimachinery/request.ts";
import { requiredFieldValue } from "#apimachinery/selectors/field-selector.ts";
import { internalError } from "#apimachinery/status-error.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import { type AuditAnnotations, timed } from "../audit-annotations.ts";
import type { AuthorizationAttributes, Authorizer, ResourceAttributes } from "./authorizer.ts";
import { forbiddenRequest } from "./forbidden-request.ts";
import { selectorAttributes } from "./selector-attributes.ts";

const DECISION_ANNOTATION = "authorization.k8s.io/decision";
const REASON_ANNOTATION = "authorization.k8s.io/reason";

export function attributesOf(user: UserInfo, target: RequestTarget, verb: string): ResourceAttributes {
  const { group, version, resource, subresource = "", name = "" } = target;
  return {
    type: "resource",
    user,
    verb,
    group,
    version,
    resource,
    subresource,
    namespace: namespaceOf(target),
    name,
  };
}

/** As for a verb alone, with what the options of the request limit it to (apiserver `request/requestinfo.go`). */
export function requestAttributes(
  user: UserInfo,
  { target, operation }: ResourceRequest,
): ResourceAttributes {
  const selectors = selectorAttributes(selectorsOf(operation));
  const attributes = { ...attributesOf(user, target, operation.verb), ...selectors };
  const { fieldSelector } = selectors;
  if (fieldSelector === undefined) return attributes;
  const only = requiredFieldValue(fieldSelector, "metadata.name") ?? "";
  const isNamed = attributes.name === "" && operation.verb !== "deletecollection" && only !== "";
  return isNamed && checkPathSegmentName(only).length === 0 ? { ...attributes, name: only } : attributes;
}

/** Throws Forbidden unless the authorizer allows it. The decision is noted in `annotations` (`endpoints/filters/authorization.go`). */
export async function requireAllowed(
  authorizer: Authorizer,
  attributes: AuthorizationAttributes,
  annotations?: AuditAnnotations,
): Promise<void> {
  const { outcome, reason, evaluationError } = await timed(annotations, "authorization", () =>
    authorizer.authorize(attributes),
  );
  if (outcome !== "allow" && evaluationError !== undefined) {
    annotations?.add(REASON_ANNOTATION, "internal error");
    throw internalError(evaluationError);
  }
  annotations?.add(DECISION_ANNOTATION, outcome === "allow" ? "allow" : "forbid");
  annotations?.add(REASON_ANNOTATION, reason);
  if (outcome !== "allow") throw forbiddenRequest(attributes, reason);
}

/** A Namespace is in itself, so that roles in it may be about it. */
export function namespaceOf({ group, resource, namespace = "", name = "" }: RequestTarget): string {
  return group === "" && resource === "namespaces" ? name : namespace;
}

function selectorsOf(operation: RequestOperation): Pick<ListOptions, "fieldSelector" | "labelSelector"> {
  if (operation.verb === "deletecollection") return operation.list ?? {};
  return operation.verb === "list" || operation.verb === "watch" ? (operation.options ?? {}) : {};
}
