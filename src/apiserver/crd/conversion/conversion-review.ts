/** The messages between API server and conversion webhook (upstream pkg/apiserver/conversion/webhook_converter.go). */
import { quote } from "#apimachinery/go-text.ts";
import { isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { omit } from "#base/omit.ts";

const GROUP = "apiextensions.k8s.io";
/** Those that this server speaks. */
const REVIEW_VERSIONS: readonly string[] = ["v1", "v1beta1"];

export interface ConversionRequest {
  readonly uid: string;
  readonly desiredAPIVersion: string;
  readonly objects: readonly KubeObject[];
}

export interface ConversionReview {
  readonly kind: "ConversionReview";
  readonly apiVersion: string;
  readonly request: ConversionRequest;
  /** Go writes the empty structure too. */
  readonly response: unknown;
}

/** A question in the first version that both sides speak. Throws an Error when there is none. */
export function createReview(versions: readonly string[], request: ConversionRequest): ConversionReview {
  const version = versions.find((each) => REVIEW_VERSIONS.includes(each));
  if (version === undefined) throw new Error("no supported conversion review versions");
  const objects = request.objects.map(withoutResourceVersion);
  return {
    kind: "ConversionReview",
    apiVersion: `${GROUP}/${version}`,
    request: { ...request, objects },
    response: { uid: "", convertedObjects: null, result: { metadata: {} } },
  };
}

/** What is written has none yet, and what is read has none within its stored bytes. */
function withoutResourceVersion(object: KubeObject): KubeObject {
  return { ...object, metadata: omit(object.metadata, "resourceVersion") };
}

/** The objects of an answer, of which nothing else is checked. Throws an Error for an answer that has none. */
export function convertedObjects(
  answer: object,
  { apiVersion, request }: ConversionReview,
): readonly unknown[] {
  const review = answer as JsonObject;
  const isV1 = apiVersion === `${GROUP}/v1`;
  if (isV1) requireKind(review, apiVersion);
  const { response } = review;
  if (!isJsonObject(response)) throw new Error("no response provided");
  if (isV1 && response["uid"] !== request.uid) {
    const got = textOf(response["uid"]);
    throw new Error(`expected response.uid=${quote(request.uid)}, got ${quote(got)}`);
  }
  requireSuccess(response["result"]);
  const objects = response["convertedObjects"];
  return Array.isArray(objects) ? objects : [];
}

function requireKind(review: JsonObject, apiVersion: string): void {
  const got = { apiVersion: textOf(review["apiVersion"]), kind: textOf(review["kind"]) };
  if (got.apiVersion === apiVersion && got.kind === "ConversionReview") return;
  const expected = kindText({ apiVersion, kind: "ConversionReview" });
  throw new Error(`expected webhook response of ${expected}, got ${kindText(got)}`);
}

function requireSuccess(result: unknown): void {
  const { status, message } = isJsonObject(result) ? result : {};
  if (status === "Success") return;
  const text = textOf(message);
  throw new Error(text === "" ? `response.result.status was '${textOf(status)}', not 'Success'` : text);
}

/** `group/version, Kind=kind`, as Go writes a GroupVersionKind. */
export function kindText({
  apiVersion,
  kind,
}: {
  readonly apiVersion: string;
  readonly kind: string;
}): string {
  return `${apiVersion.includes("/") ? "" : "/"}${apiVersion}, Kind=${kind}`;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
