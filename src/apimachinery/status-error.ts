import { type FieldError, formatFieldError } from "./field-error.ts";
import type { GroupVersionKind, Status, StatusDetails } from "./meta.ts";

/** An error that an API client sees: it carries the complete `Status` body. Made by the constructors below. */
export class StatusError extends Error {
  readonly status: Status;

  constructor(status: Status, options?: ErrorOptions) {
    super(status.message, options);
    this.name = "StatusError";
    this.status = status;
  }
}

/** The group and plural name that messages use: `deployments.apps`, `pods`. */
export interface QualifiedResource {
  readonly group: string;
  readonly resource: string;
}

/** The text is that of apimachinery `pkg/api/errors`; a new message must be looked up there. */
export function notFound(resource: QualifiedResource, name: string): StatusError {
  return failure(
    404,
    "NotFound",
    `${qualified(resource)} ${quote(name)} not found`,
    detailsOf(resource, name),
  );
}

export function alreadyExists(resource: QualifiedResource, name: string): StatusError {
  const message = `${qualified(resource)} ${quote(name)} already exists`;
  return failure(409, "AlreadyExists", message, detailsOf(resource, name));
}

/** A `generateName` that produced a taken name (apiserver `registry/generic/registry/store.go`). */
export function generateNameConflict(resource: QualifiedResource, name: string): StatusError {
  const message = `${qualified(resource)} ${quote(name)} already exists, the server was not able to generate a unique name for the object`;
  return failure(409, "AlreadyExists", message, { ...detailsOf(resource, name), retryAfterSeconds: 1 });
}

export function conflict(resource: QualifiedResource, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} ${quote(name)}: ${why}`;
  return failure(409, "Conflict", message, detailsOf(resource, name));
}

/** The conflict of a write whose resourceVersion is not the stored one. */
export function modifiedConflict(resource: QualifiedResource, name: string): StatusError {
  return conflict(
    resource,
    name,
    "the object has been modified; please apply your changes to the latest version and try again",
  );
}

/** Server-side apply conflicts; `causes` name the field and its manager. */
export function applyConflict(causes: StatusDetails["causes"], message: string): StatusError {
  return failure(409, "Conflict", message, { ...(causes && { causes }) });
}

/** Validation failures. The kind is written `Deployment.apps`, as `Kind.group`. */
export function invalid(
  { group, kind }: Pick<GroupVersionKind, "group" | "kind">,
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const texts = [...new Set(errors.map(formatFieldError))];
  const list = texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`;
  const qualifiedKind = group === "" ? kind : `${kind}.${group}`;
  const causes = errors.map(({ reason, message, field }) => ({ reason, message, field }));
  const message = `${qualifiedKind} ${quote(name)} is invalid${list === "" ? "" : `: ${list}`}`;
  return failure(422, "Invalid", message, { name, group, kind, causes });
}

export function badRequest(message: string): StatusError {
  return failure(400, "BadRequest", message);
}

export function unauthorized(): StatusError {
  return failure(401, "Unauthorized", "Unauthorized");
}

export function forbidden(resource: QualifiedResource, name: string, why: string): StatusError {
  const subject = name === "" ? qualified(resource) : `${qualified(resource)} ${quote(name)}`;
  const message = resource.resource === "" ? `forbidden: ${why}` : `${subject} is forbidden: ${why}`;
  return failure(403, "Forbidden", message, detailsOf(resource, name));
}

export function methodNotAllowed(resource: QualifiedResource, action: string): StatusError {
  const message = `${action} is not supported on resources of kind ${quote(qualified(resource))}`;
  return failure(405, "MethodNotAllowed", message, detailsOf(resource));
}

export function notAcceptable(message: string): StatusError {
  return failure(406, "NotAcceptable", message);
}

export function unsupportedMediaType(message: string): StatusError {
  return failure(415, "UnsupportedMediaType", message);
}

/** An old resourceVersion or continue token that compaction has made unusable. */
export function expired(message: string): StatusError {
  return failure(410, "Expired", message);
}

export function requestEntityTooLarge(message: string): StatusError {
  return failure(413, "RequestEntityTooLarge", `Request entity is too large: ${message}`);
}

export function tooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return failure(429, "TooManyRequests", message, { retryAfterSeconds });
}

/** 429 of the eviction subresource; the cause tells clients that a disruption budget is the reason. */
export function disruptionBudget(message: string, cause: string): StatusError {
  return failure(429, "TooManyRequests", message, {
    causes: [{ reason: "DisruptionBudget", message: cause }],
  });
}

export function internalError(message: string, options?: ErrorOptions): StatusError {
  const full = `Internal error occurred: ${message}`;
  return failure(500, "InternalError", full, { causes: [{ message }] }, options);
}

export function serviceUnavailable(message: string, options?: ErrorOptions): StatusError {
  return failure(503, "ServiceUnavailable", message, undefined, options);
}

export function timeout(message: string, retryAfterSeconds = 0): StatusError {
  return failure(504, "Timeout", `Timeout: ${message}`, { retryAfterSeconds });
}

/** A resource version that this server has not reached yet (apiserver `storage/errors.go`). */
export function tooLargeResourceVersion(wanted: string, current: string): StatusError {
  const message = `Timeout: Too large resource version: ${wanted}, current: ${current}`;
  const causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }];
  return failure(504, "Timeout", message, { causes, retryAfterSeconds: 1 });
}

/** The answer of a path that no resource serves. */
export function genericNotFound(): StatusError {
  return failure(404, "NotFound", "the server could not find the requested resource", {});
}

export const isNotFound = (error: unknown): error is StatusError => hasReason(error, "NotFound");
export const isAlreadyExists = (error: unknown): error is StatusError => hasReason(error, "AlreadyExists");
export const isConflict = (error: unknown): error is StatusError => hasReason(error, "Conflict");
export const isInvalid = (error: unknown): error is StatusError => hasReason(error, "Invalid");
export const isForbidden = (error: unknown): error is StatusError => hasReason(error, "Forbidden");
export const isTooManyRequests = (error: unknown): error is StatusError =>
  hasReason(error, "TooManyRequests");
/** True when a watch or list must start again from the current state. */
export const isExpired = (error: unknown): error is StatusError =>
  hasReason(error, "Expired") || hasReason(error, "Gone");

function hasReason(error: unknown, reason: string): boolean {
  return error instanceof StatusError && error.status.reason === reason;
}

function failure(
  code: number,
  reason: string,
  message: string,
  details?: StatusDetails,
  options?: ErrorOptions,
): StatusError {
  const status: Status = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    ...(details && { details }),
    code,
  };
  return new StatusError(status, options);
}

function detailsOf({ group, resource }: QualifiedResource, name?: string): StatusDetails {
  return {
    ...(name !== undefined && name !== "" && { name }),
    ...(group !== "" && { group }),
    kind: resource,
  };
}

function qualified({ group, resource }: QualifiedResource): string {
  return group === "" ? resource : `${resource}.${group}`;
}

/** Go's %q for the names that occur here. */
function quote(text: string): string {
  return JSON.stringify(text);
}
