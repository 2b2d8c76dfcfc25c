import type { Codec } from "#apimachinery/codec/codec.ts";
import type { GroupVersionKind, KubeObject } from "#apimachinery/meta.ts";
import type { ObjectSchema } from "#apimachinery/schema.ts";
import { internalError, StatusError } from "#apimachinery/status-error.ts";
import type { MatchedResource } from "./resource-matcher.ts";
import { isBody } from "./versioned-objects.ts";

/** What changed objects are decoded with. */
export interface DecodeTools {
  readonly codec: Codec;
  /** The shape of a kind that is only the body of a subresource. */
  readonly schemaOf: (kind: GroupVersionKind) => ObjectSchema;
}

interface DecodeOptions extends DecodeTools {
  readonly matched: MatchedResource;
  /** What becomes of fields that there are not. */
  readonly fieldValidation: "Ignore" | "Strict";
}

/** Reads what a webhook or policy has made of an object. Throws a StatusError for what is no such object any more. */
export function decodeObject(
  changed: unknown,
  { matched, codec, schemaOf, fieldValidation }: DecodeOptions,
): KubeObject {
  try {
    const { object } = codec.decode(schemaFor(matched, { schemaOf }), changed, {
      gvk: matched.kind,
      fieldValidation,
    });
    return object as unknown as KubeObject;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    throw internalError(error.message, { cause: error });
  }
}

/** The shape of the objects that a request is about. */
export function schemaFor(
  matched: MatchedResource,
  { schemaOf }: Pick<DecodeTools, "schemaOf">,
): ObjectSchema {
  return isBody(matched) ? schemaOf(matched.kind) : matched.served.schema;
}

/** Defaults are set again: whoever has changed the object may have added what has some. */
export function completeObject(object: KubeObject, matched: MatchedResource): KubeObject {
  return isBody(matched) ? object : (matched.served.kind.setDefaults?.(object) ?? object);
}
