import { keepReset } from "#apimachinery/apply/track-update.ts";
import { type DecodeOptions, unrecognizedObject } from "#apimachinery/codec/codec.ts";
import { invalid as invalidField } from "#apimachinery/field-error.ts";
import { isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import type { GroupVersionKind, KubeObject } from "#apimachinery/meta.ts";
import type { RequestBody, WriteOptions } from "#apimachinery/request.ts";
import { badRequest, invalid } from "#apimachinery/status-error.ts";
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
  if (!served.builtIn) requireTypeMeta(served, body);
  const decoded = codec.decode(served.schema, keepReset(body.object), {
    gvk: served.resource,
    known: present as unknown as JsonObject | undefined,
    ...strictness(body, options),
  });
  warnings.add(...decoded.warnings);
  return withDefaults(decoded.object as unknown as KubeObject, served);
}

/**
 * A custom resource says itself of which kind and version it is. It can be read as any kind, and is validated to be of
 * its own (upstream `ValidateTypeMeta`). What is no text is left to the codec.
 */
function requireTypeMeta({ resource, apiVersion: expected }: ServedResource, body: RequestBody): void {
  const object = body.object ?? {};
  if (!isJsonObject(object)) return;
  const { apiVersion, kind, metadata } = object;
  const [version, actual] = [apiVersion ?? "", kind ?? ""];
  if (typeof version !== "string" || typeof actual !== "string") return;
  if (actual === "") {
    const text = body.text ?? JSON.stringify(object);
    throw unrecognizedObject(resource, `Object 'Kind' is missing in '${text}'`, text);
  }
  if (version !== expected) {
    throw badRequest(
      `the API version in the data (${version}) does not match the expected API version (${expected})`,
    );
  }
  if (actual === resource.kind) return;
  const name = isJsonObject(metadata) && typeof metadata["name"] === "string" ? metadata["name"] : "";
  throw invalid({ group: resource.group, kind: actual }, name, [
    invalidField("kind", actual, `must be ${resource.kind}`),
  ]);
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
  { text, problems }: RequestBody,
  { fieldValidation }: WriteOptions,
): Pick<DecodeOptions, "fieldValidation" | "text" | "problems"> {
  return {
    ...(fieldValidation !== undefined && { fieldValidation }),
    ...(text !== undefined && { text }),
    ...(problems !== undefined && { problems }),
  };
}

export function withDefaults(object: KubeObject, { kind }: ServedResource): KubeObject {
  return kind.setDefaults?.(object) ?? object;
}
