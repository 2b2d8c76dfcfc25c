import { type FieldError, formatFieldError } from "./field-error.ts";
import { quote } from "./go-text.ts";
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
  const list = aggregate(errors.map(formatFieldError));
  const qualifiedKind = group === "" ? kind : `${kind}.${group}`;
  const causes = errors.map(({ reason, message, field }) => ({ reason, message, field }));
  const message = `${qualifiedKind} ${quote(name)} is invalid${list === "" ? "" : `: ${list}`}`;
  const details = detailsOf({ group, resource: kind }, name);
  return failure(422, "Invalid", message, { ...details, ...(causes.length > 0 && { causes }) });
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
  return failure(413, "RequestEntityTooLarge", `Request entity too large: ${message}`);
}

export function tooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return failure(429, "TooManyRequests", message, retryDetails(retryAfterSeconds));
}

/** 500 of an operation that lost too many races; clients try again after the given time. */
export function serverTimeout(
  resource: QualifiedResource,
  operation: string,
  retryAfterSeconds: number,
): StatusError {
  const message = `The ${operation} operation against ${qualified(resource)} could not be completed at this time, please try again.`;
  const details = { ...detailsOf(resource, operation), ...retryDetails(retryAfterSeconds) };
  return failure(500, "ServerTimeout", message, details);
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
  return failure(504, "Timeout", `Timeout: ${message}`, retryDetails(retryAfterSeconds));
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

/** The answer of a path that exists but not for this method. */
export function genericMethodNotAllowed(): StatusError {
  return failure(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
    {},
  );
}

/** The 422 of a patch that cannot be applied; upstream keeps the reason, which is the `cause` here, to itself. */
export function unprocessable(cause: Error): StatusError {
  return failure(
    422,
    "Invalid",
    "the server rejected our request due to an error in our request",
    {},
    { cause },
  );
}

/** The 500 without a reason that upstream makes of an error which is no `Status`. */
export function unclassified(message: string): StatusError {
  return failure(500, "", message);
}

/** What a client makes of an answer whose body is no `Status` (`NewGenericServerResponse`). */
export function unexpectedResponse(code: number, verb: string, body: string): StatusError {
  const [reason, message] = genericResponse(code, verb, body);
  const causes = [{ reason: "UnexpectedServerResponse", ...(body !== "" && { message: body }) }];
  return failure(code, reason, message, { causes });
}

const GENERIC_RESPONSES: Readonly<Record<number, readonly [reason: string, message: string]>> = {
  400: ["BadRequest", "the server rejected our request for an unknown reason"],
  401: ["Unauthorized", "the server has asked for the client to provide credentials"],
  404: ["NotFound", "the server could not find the requested resource"],
  405: ["MethodNotAllowed", "the server does not allow this method on the requested resource"],
  406: ["NotAcceptable", "the server was unable to respond with a content type that the client supports"],
  409: ["Conflict", "the server reported a conflict"],
  422: ["Invalid", "the server rejected our request due to an error in our request"],
  429: ["TooManyRequests", "the server has received too many requests and has asked us to try again later"],
  503: ["ServiceUnavailable", "the server is currently unable to handle the request"],
  504: [
    "Timeout",
    "the server was unable to return a response in the time allotted, but may still be processing the request",
  ],
};

/** Status codes whose explanation is the body of the answer. */
const EXPLAINED: Readonly<Record<number, string>> = {
  403: "Forbidden",
  406: "NotAcceptable",
  415: "UnsupportedMediaType",
};

function genericResponse(code: number, verb: string, body: string): readonly [string, string] {
  if (code === 409 && verb === "POST") return ["AlreadyExists", "the server reported a conflict"];
  const explained = EXPLAINED[code];
  if (explained !== undefined && (code !== 406 || !["", "unknown"].includes(body))) return [explained, body];
  const known = GENERIC_RESPONSES[code];
  if (known !== undefined) return known;
  return code >= 500
    ? ["InternalError", `an error on the server (${quote(body)}) has prevented the request from succeeding`]
    : ["", `the server responded with the status code ${String(code)} but did not return more information`];
}

export const isNotFound = (error: unknown): error is StatusError => hasReason(error, "NotFound");
export const isAlreadyExists = (error: unknown): error is StatusError => hasReason(error, "AlreadyExists");
export const isConflict = (error: unknown): error is StatusError => hasReason(error, "Conflict");
/** True when a watch or list must start again from the current state. */
export const isExpired = (error: unknown): error is StatusError =>
  hasReason(error, "Expired") || hasReason(error, "Gone");

export const isTimeout = (error: unknown): error is StatusError => hasReason(error, "Timeout");

/** True when one of the causes in the error's details has this reason. */
export function hasCause(error: unknown, reason: string): boolean {
  if (!(error instanceof StatusError)) return false;
  return error.status.details?.causes?.some((cause) => cause.reason === reason) === true;
}

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
    ...(reason !== "" && { reason }),
    ...(details && { details }),
    code,
  };
  return new StatusError(status, options);
}

/** Several messages as one, each once (apimachinery `util/errors.Aggregate`); empty for none. */
export function aggregate(messages: readonly string[]): string {
  const distinct = [...new Set(messages)];
  return distinct.length > 1 ? `[${distinct.join(", ")}]` : (distinct[0] ?? "");
}

function detailsOf({ group, resource }: QualifiedResource, name?: string): StatusDetails {
  return {
    ...(name !== undefined && name !== "" && { name }),
    ...(group !== "" && { group }),
    ...(resource !== "" && { kind: resource }),
  };
}

function retryDetails(retryAfterSeconds: number): StatusDetails {
  return retryAfterSeconds === 0 ? {} : { retryAfterSeconds };
}

function qualified({ group, resource }: QualifiedResource): string {
  return group === "" ? resource : `${resource}.${group}`;
}
