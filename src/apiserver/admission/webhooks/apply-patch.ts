/** What a webhook makes of an object (apiserver `plugin/webhook/mutating/dispatcher.go`). */

import { JsonSyntaxError, parseJson } from "#apimachinery/codec/parse-json.ts";
import { quote } from "#apimachinery/go-text.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { applyJsonPatch } from "#apimachinery/patch/json-patch.ts";
import { internalError, StatusError } from "#apimachinery/status-error.ts";
import { type DecodeTools, decodeObject } from "../matching/decode-object.ts";
import type { MatchedResource } from "../matching/resource-matcher.ts";
import type { AdmissionResponse } from "./admission-response.ts";
import { WebhookFailure } from "./webhook-failure.ts";

export interface Patched {
  readonly object: KubeObject;
  readonly operations: readonly unknown[];
}

/**
 * The object with the patch of a response, and the patch; undefined without one. Throws a WebhookFailure for something that is no
 * patch, and a StatusError for one that does not fit the object.
 */
export function applyWebhookPatch(
  webhook: string,
  { patch, patchType }: AdmissionResponse,
  object: KubeObject | undefined,
  tools: DecodeTools & { readonly matched: MatchedResource },
): Patched | undefined {
  const operations = decodePatch(webhook, patch);
  if (operations.length === 0) return undefined;
  if (object === undefined) {
    throw internalError(
      `admission webhook ${quote(webhook)} attempted to modify the object, which is not supported for this operation`,
    );
  }
  if (patchType !== "JSONPatch") {
    throw new WebhookFailure(webhook, `unsupported patch type ${quote(patchType)}`, 400);
  }
  const patched = decodeObject(applyOperations(object, operations), { ...tools, fieldValidation: "Ignore" });
  return { object: patched, operations };
}

function decodePatch(webhook: string, patch: string): readonly unknown[] {
  if (patch === "") return [];
  try {
    const operations = parseJson(Buffer.from(patch, "base64").toString());
    if (Array.isArray(operations)) return operations;
    throw new JsonSyntaxError(
      "json: cannot unmarshal a value that is no list into Go value of type jsonpatch.Patch",
    );
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new WebhookFailure(
      webhook,
      `received undecodable patch in webhook response: ${error.message}`,
      503,
    );
  }
}

function applyOperations(object: KubeObject, operations: readonly unknown[]): unknown {
  try {
    return applyJsonPatch(object, operations);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    throw internalError(error.cause instanceof Error ? error.cause.message : error.message, { cause: error });
  }
}
