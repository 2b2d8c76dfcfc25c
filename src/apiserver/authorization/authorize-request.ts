import { checkPathSegmentName } from "#apimachinery/formats.ts";
import type { RequestOperation, RequestTarget, ResourceRequest } from "#apimachinery/request.ts";
import {
  type FieldRequirement,
  parseFieldSelector,
  requiredFieldValue,
} from "#apimachinery/selectors/field-selector.ts";
import { SelectorError } from "#apimachinery/selectors/selector-error.ts";
import { internalError } from "#apimachinery/status-error.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import type { AuditAnnotations } from "../audit-annotations.ts";
import type { AuthorizationAttributes, Authorizer, ResourceAttributes } from "./authorizer.ts";
import { forbiddenRequest } from "./forbidden-request.ts";

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
  const attributes = attributesOf(user, target, operation.verb);
  const fieldSelector = fieldSelectorOf(operation);
  if (fieldSelector === undefined) return attributes;
  const only = requiredFieldValue(fieldSelector, "metadata.name") ?? "";
  const isNamed = attributes.name === "" && operation.verb !== "deletecollection" && only !== "";
  if (!isNamed || checkPathSegmentName(only).length > 0) return { ...attributes, fieldSelector };
  return { ...attributes, name: only, fieldSelector };
}

/** Throws Forbidden unless the authorizer allows it. The decision is noted in `annotations` (`endpoints/filters/authorization.go`). */
export async function requireAllowed(
  authorizer: Authorizer,
  attributes: AuthorizationAttributes,
  annotations?: AuditAnnotations,
): Promise<void> {
  const { outcome, reason } = await decide(authorizer, attributes, annotations);
  annotations?.add(DECISION_ANNOTATION, outcome === "allow" ? "allow" : "forbid");
  annotations?.add(REASON_ANNOTATION, reason);
  if (outcome !== "allow") throw forbiddenRequest(attributes, reason);
}

/** A Namespace is in itself, so that roles in it may be about it. */
export function namespaceOf({ group, resource, namespace = "", name = "" }: RequestTarget): string {
  return group === "" && resource === "namespaces" ? name : namespace;
}

function fieldSelectorOf(operation: RequestOperation): readonly FieldRequirement[] | undefined {
  const text = selectorTextOf(operation) ?? "";
  if (text === "") return undefined;
  try {
    return parseFieldSelector(text);
  } catch (error) {
    // Whoever carries the request out says what is wrong with it.
    if (error instanceof SelectorError) return undefined;
    throw error;
  }
}

function selectorTextOf(operation: RequestOperation): string | undefined {
  if (operation.verb === "deletecollection") return operation.list?.fieldSelector;
  const isRead = operation.verb === "list" || operation.verb === "watch";
  return isRead ? operation.options?.fieldSelector : undefined;
}

async function decide(
  authorizer: Authorizer,
  attributes: AuthorizationAttributes,
  annotations: AuditAnnotations | undefined,
): Promise<Awaited<ReturnType<Authorizer["authorize"]>>> {
  try {
    return await authorizer.authorize(attributes);
  } catch (error) {
    annotations?.add(REASON_ANNOTATION, "internal error");
    throw internalError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
