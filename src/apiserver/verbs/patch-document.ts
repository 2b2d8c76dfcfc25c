import type { Codec } from "#apimachinery/codec/codec.ts";
import { invalid as invalidField } from "#apimachinery/field-error.ts";
import { goJson, goValue, quote } from "#apimachinery/go-text.ts";
import type { JsonObject } from "#apimachinery/json-value.ts";
import type { GroupVersionKind, KubeObject } from "#apimachinery/meta.ts";
import { applyJsonPatch } from "#apimachinery/patch/json-patch.ts";
import { applyMergePatch } from "#apimachinery/patch/merge-patch.ts";
import { applyStrategicMergePatch } from "#apimachinery/patch/strategic-merge-patch.ts";
import type { PatchType, WriteOptions } from "#apimachinery/request.ts";
import type { ObjectSchema } from "#apimachinery/schema.ts";
import { invalid, isBadRequest, type StatusError } from "#apimachinery/status-error.ts";

export interface PatchTarget {
  readonly schema: ObjectSchema;
  readonly gvk: GroupVersionKind;
}

export interface DocumentPatch {
  readonly type: Exclude<PatchType, "apply">;
  /** The parsed patch document. */
  readonly document: unknown;
}

export interface Patched {
  readonly object: KubeObject;
  readonly warnings: readonly string[];
}

/**
 * Patches an object and reads the result as the kind that it must still be. Throws what the patches throw, and
 * Invalid for a result that is not of the kind.
 */
export function patchDocument(
  codec: Codec,
  { schema, gvk }: PatchTarget,
  present: KubeObject,
  { type, document }: DocumentPatch,
  { fieldValidation = "Warn" }: Pick<WriteOptions, "fieldValidation">,
): Patched {
  const patched = applyDocument(type, present, document, schema);
  // What is wrong is quoted from the result, or from the patch where there is no text of the result upstream.
  const quoted = type === "strategic" ? goValue(document) : goJson(patched);
  const { object, warnings } = readPatched(codec, schema, patched, { gvk, quoted, fieldValidation });
  if (fieldValidation === "Strict" && warnings.length > 0) {
    throw badPatch(quoted, `strict decoding error: ${warnings.join(", ")}`);
  }
  return { object: object as unknown as KubeObject, warnings };
}

function applyDocument(
  type: DocumentPatch["type"],
  present: KubeObject,
  document: unknown,
  schema: ObjectSchema,
): unknown {
  switch (type) {
    case "json":
      return applyJsonPatch(present, document);
    case "merge":
      return applyMergePatch(present, document);
    case "strategic":
      return applyStrategicMergePatch(present as unknown as JsonObject, document, schema);
  }
}

function readPatched(
  codec: Codec,
  schema: ObjectSchema,
  patched: unknown,
  options: {
    readonly gvk: GroupVersionKind;
    readonly quoted: string;
    readonly fieldValidation: NonNullable<WriteOptions["fieldValidation"]>;
  },
): ReturnType<Codec["decode"]> {
  const { gvk, quoted, fieldValidation } = options;
  try {
    return codec.decode(schema, patched, {
      gvk,
      fieldValidation: fieldValidation === "Ignore" ? "Ignore" : "Warn",
    });
  } catch (error) {
    if (!isBadRequest(error)) throw error;
    throw badPatch(quoted, withoutKind(error.message, gvk));
  }
}

/** Bodies say what kind they were taken for in front of what is wrong with them; patches do not. */
function withoutKind(message: string, { kind, version }: GroupVersionKind): string {
  const prefix = `${kind} in version ${quote(version)} cannot be handled as a ${kind}: `;
  return message.startsWith(prefix) ? message.slice(prefix.length) : message;
}

/** Upstream leaves the kind and the name of this error empty. */
function badPatch(quoted: string, problem: string): StatusError {
  return invalid({ group: "", kind: "" }, "", [invalidField("patch", quoted, problem)]);
}
