import type { KubeObject } from "#apimachinery/meta.ts";
import { applyJsonPatch } from "#apimachinery/patch/json-patch.ts";
import { JsonPatchError } from "#apimachinery/patch/patch-place.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import type { MutationOutcome } from "../../expressions/mutate-request.ts";
import { type DecodeTools, decodeObject, schemaFor } from "../matching/decode-object.ts";
import type { MatchedResource } from "../matching/resource-matcher.ts";
import { mergeConfiguration } from "./merge-configuration.ts";

/**
 * The object as a mutation makes it. Throws an Error when the mutation has failed, and a StatusError when it has made
 * something that cannot be read.
 */
export function applyMutation(
  object: KubeObject,
  outcome: MutationOutcome,
  tools: DecodeTools & { readonly matched: MatchedResource },
): KubeObject {
  switch (outcome.type) {
    case "failed":
      throw new Error(outcome.problem);
    case "patch": {
      const patched = patch(object, outcome.operations);
      return patched === object ? object : decodeObject(patched, { ...tools, fieldValidation: "Strict" });
    }
    case "apply": {
      const schema = schemaFor(tools.matched, tools);
      const merged = mergeConfiguration(schema, object, outcome.configuration);
      return decodeObject(merged, { ...tools, fieldValidation: "Ignore" });
    }
  }
}

/** A test that fails leaves the object as it is. */
function patch(object: KubeObject, operations: readonly object[]): unknown {
  try {
    return applyJsonPatch(object, operations);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    const { cause } = error;
    if (cause instanceof JsonPatchError && cause.message.includes("test failed")) return object;
    throw new Error(`JSON Patch: ${cause instanceof Error ? cause.message : error.message}`, {
      cause: error,
    });
  }
}
