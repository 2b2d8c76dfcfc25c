/** What webhooks answer (apiserver `plugin/webhook/request/admissionreview.go`). */
import { quote } from "#apimachinery/go-text.ts";
import { isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import { parseApiVersion, type Status } from "#apimachinery/meta.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import type { ReviewVersion } from "./admission-review.ts";

export interface AdmissionResponse {
  readonly allowed: boolean;
  /** Base64 of a document; empty where there is none. */
  readonly patch: string;
  readonly patchType: string;
  readonly result: Partial<Status>;
  readonly warnings: readonly string[];
  readonly auditAnnotations: Readonly<Record<string, string>>;
}

/** The question that an answer must fit. */
export interface AskedReview {
  readonly uid: string;
  readonly version: ReviewVersion;
  readonly mayPatch: boolean;
}

const MUST_BE = "admission.k8s.io/v1, Kind=AdmissionReview";

/** Reads an answer. Throws an Error, in upstream's words, for one that does not fit the question. */
export function readResponse(review: object, asked: AskedReview): AdmissionResponse {
  const { response } = review as { readonly response?: unknown };
  if (!isJsonObject(response)) throw new Error("webhook response was absent");
  const patch = textIn(response, "patch");
  const patchType = response["patchType"] === undefined ? undefined : textIn(response, "patchType");
  if (asked.version === "v1") {
    checkIdentity(review, textIn(response, "uid"), asked);
    checkPatch(patch, patchType, asked.mayPatch);
  }
  return {
    allowed: response["allowed"] === true,
    patch: asked.mayPatch ? patch : "",
    patchType: asked.version === "v1beta1" ? "JSONPatch" : (patchType ?? ""),
    result: objectIn(response, "status") as Partial<Status>,
    warnings: textsOf(response["warnings"]),
    auditAnnotations: textMapOf(objectIn(response, "auditAnnotations")),
  };
}

function checkIdentity(review: object, uid: string, asked: AskedReview): void {
  if (uid !== asked.uid) throw new Error(`expected response.uid=${quote(asked.uid)}, got ${quote(uid)}`);
  const { apiVersion = "", kind = "" } = review as { readonly apiVersion?: string; readonly kind?: string };
  const { group, version } = parseApiVersion(apiVersion);
  const actual = `${group}/${version}, Kind=${kind}`;
  if (actual !== MUST_BE) throw new Error(`expected webhook response of ${MUST_BE}, got ${actual}`);
}

function checkPatch(patch: string, patchType: string | undefined, mayPatch: boolean): void {
  const has = { patch: patch !== "", patchType: patchType !== undefined };
  if (!mayPatch) {
    if (has.patch) throw new Error("validating webhook may not return response.patch");
    if (has.patchType) throw new Error("validating webhook may not return response.patchType");
    return;
  }
  if (has.patch && !has.patchType) {
    throw new Error("webhook returned response.patch but not response.patchType");
  }
  if (!has.patch && has.patchType) {
    throw new Error("webhook returned response.patchType but not response.patch");
  }
  if (patchType === "") throw new Error('webhook returned invalid response.patchType of ""');
}

/** The refusal of a request in the words of the webhook (apiserver `plugin/webhook/errors/statuserror.go`). */
export function denial(
  webhook: string,
  { code = 0, message = "", reason = "", details }: Partial<Status>,
): StatusError {
  const deniedBy = `admission webhook ${quote(webhook)} denied the request`;
  const why = message === "" ? reason : message;
  return new StatusError({
    apiVersion: "v1",
    kind: "Status",
    metadata: {},
    status: "Failure",
    message: why === "" ? `${deniedBy} without explanation` : `${deniedBy}: ${why}`,
    ...(reason !== "" && { reason }),
    ...(details && { details }),
    code: Math.max(code, 400),
  });
}

function textIn(object: JsonObject, field: string): string {
  const value = object[field] ?? "";
  if (typeof value === "string") return value;
  throw new Error(
    `json: cannot unmarshal value into Go struct field AdmissionResponse.response.${field} of type string`,
  );
}

function objectIn(object: JsonObject, field: string): JsonObject {
  const value = object[field];
  return isJsonObject(value) ? value : {};
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
}

function textMapOf(object: JsonObject): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(object).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
