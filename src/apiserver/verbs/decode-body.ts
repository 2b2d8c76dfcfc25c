import type { DecodeOptions } from "#apimachinery/codec/codec.ts";
import type { JsonObject } from "#apimachinery/json-value.ts";
import type { GroupVersionKind, KubeObject } from "#apimachinery/meta.ts";
import type { RequestBody, WriteOptions } from "#apimachinery/request.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import type { RequestScope } from "./request-scope.ts";
import type { WriteEnvironment } from "./write-environment.ts";

/**
 * The object of a request in the version of `served`, complete with defaults. It shares with the `present` one what is
 * the same in both. Throws BadRequest as the codec does.
 */
export function decodeBody(
  { codec }: Pick<WriteEnvironment, "codec">,
  { served, warnings }: Pick<RequestScope, "served" | "warnings">,
  body: RequestBody,
  options: WriteOptions,
  present?: KubeObject,
): KubeObject {
  const decoded = codec.decode(served.schema, body.object, {
    gvk: served.resource,
    known: present as unknown as JsonObject | undefined,
    ...strictness(body, options),
  });
  warnings.add(...decoded.warnings);
  return withDefaults(decoded.object as unknown as KubeObject, served);
}

/** The body of a subresource that is of another kind than the object. `T` is the generated type of `gvk`. */
export function decodeAs<T>(
  { codec, schemaOf }: Pick<WriteEnvironment, "codec" | "schemaOf">,
  { warnings }: Pick<RequestScope, "warnings">,
  gvk: GroupVersionKind,
  body: RequestBody,
  options: WriteOptions,
): T {
  const decoded = codec.decode(schemaOf(gvk), body.object, { gvk, ...strictness(body, options) });
  warnings.add(...decoded.warnings);
  return decoded.object as T;
}

function strictness(
  { text }: RequestBody,
  { fieldValidation }: WriteOptions,
): Pick<DecodeOptions, "fieldValidation" | "text"> {
  return {
    ...(fieldValidation !== undefined && { fieldValidation }),
    ...(text !== undefined && { text }),
  };
}

export function withDefaults(object: KubeObject, { kind }: ServedResource): KubeObject {
  return kind.setDefaults?.(object) ?? object;
}
