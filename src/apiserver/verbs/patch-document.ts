import { keepReset } from "#apimachinery/apply/track-update.ts";
import type { Codec } from "#apimachinery/codec/codec.ts";
import { goJson, goValue } from "#apimachinery/go-text.ts";
import type { JsonObject } from "#apimachinery/json-value.ts";
import type { GroupVersionKind, KubeObject } from "#apimachinery/meta.ts";
import { applyJsonPatch } from "#apimachinery/patch/json-patch.ts";
import { applyMergePatch } from "#apimachinery/patch/merge-patch.ts";
import { applyStrategicMergePatch } from "#apimachinery/patch/strategic-merge-patch.ts";
import type { PatchType, WriteOptions } from "#apimachinery/request.ts";
import type { ObjectSchema } from "#apimachinery/schema.ts";

export interface PatchTarget {
  readonly schema: ObjectSchema;
  readonly gvk: GroupVersionKind;
}

export interface DocumentPatch {
  readonly type: Exclude<PatchType, "apply">;
  /** The parsed patch document. */
  readonly document: unknown;
  /** What is wrong with its text. */
  readonly problems?: readonly string[] | undefined;
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
  { type, document, problems = [] }: DocumentPatch,
  { fieldValidation = "Warn" }: Pick<WriteOptions, "fieldValidation">,
): Patched {
  const patched = applyDocument(type, present, document, schema);
  const { object, warnings } = codec.decodePatched(schema, keepReset(patched), {
    gvk,
    fieldValidation,
    known: present as unknown as JsonObject,
    problems,
    // From the result, or from the patch where there is no text of the result upstream.
    patch: () => (type === "strategic" ? goValue(document) : goJson(patched)),
  });
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
