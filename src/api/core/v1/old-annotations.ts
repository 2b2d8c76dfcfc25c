/**
 * What pods and nodes said in annotations before there were fields for it: JSON of the Go types of Kubernetes, in which
 * the names of fields match in any case (`pkg/apis/core/helper`, component-helpers `scheduling/corev1`).
 */
import { DecoderCompiler, newState } from "#apimachinery/codec/decoder.ts";
import { parseJson } from "#apimachinery/codec/parse-json.ts";
import { TypeMismatch } from "#apimachinery/codec/scalars.ts";
import { describeTypeError } from "#apimachinery/codec/type-error.ts";
import { invalid } from "#apimachinery/field-error.ts";
import { isJsonObject } from "#apimachinery/json-value.ts";
import type { Field, Schema } from "#apimachinery/schema.ts";
import type { Taint, Toleration } from "../../generated/core-v1.ts";
import type { Validator } from "../../validation/checks.ts";
import type { FieldErrors } from "../../validation/collect-errors.ts";

export interface OldAnnotation<T> {
  readonly key: string;
  readonly schema: Schema;
  readonly fromGo: (value: unknown) => T;
  /** What errors call an annotation that cannot be read, below the path of all annotations. */
  readonly errorField?: string;
}

/** A pod of the same controller as these should rather not run on the node. */
export interface AvoidPodsEntry {
  readonly podSignature: { readonly podController?: { readonly controller?: boolean } };
}

const TEXT: Schema = { type: "string" };
const TIME: Schema = { type: "time" };
const EFFECT: Schema = { type: "string", goType: "core.TaintEffect" };

export const TOLERATIONS: OldAnnotation<readonly Toleration[]> = {
  key: "scheduler.alpha.kubernetes.io/tolerations",
  schema: listOf("core.Toleration", {
    Key: TEXT,
    Operator: { type: "string", goType: "core.TolerationOperator" },
    Value: TEXT,
    Effect: EFFECT,
    TolerationSeconds: { type: "int64" },
  }),
  fromGo: (value) => (value as readonly object[]).map((item) => withFieldsOfApi(item) as Toleration),
};

export const TAINTS: OldAnnotation<readonly Taint[]> = {
  key: "scheduler.alpha.kubernetes.io/taints",
  schema: listOf("core.Taint", { Key: TEXT, Value: TEXT, Effect: EFFECT, TimeAdded: TIME }),
  fromGo: (value) => (value as readonly object[]).map((item) => withFieldsOfApi(item) as Taint),
};

export const AVOID_PODS: OldAnnotation<readonly AvoidPodsEntry[]> = {
  key: "scheduler.alpha.kubernetes.io/preferAvoidPods",
  errorField: ".AvoidPods",
  schema: structure("v1.AvoidPods", {
    preferAvoidPods: listOf("v1.PreferAvoidPodsEntry", {
      podSignature: structure("v1.PodSignature", {
        podController: structure("v1.OwnerReference", {
          apiVersion: TEXT,
          kind: TEXT,
          name: TEXT,
          uid: { type: "string", goType: "types.UID" },
          controller: { type: "boolean" },
          blockOwnerDeletion: { type: "boolean" },
        }),
      }),
      evictionTime: TIME,
      reason: TEXT,
      message: TEXT,
    }),
  }),
  fromGo: (value) => (value as { preferAvoidPods?: readonly AvoidPodsEntry[] }).preferAvoidPods ?? [],
};

const compiler = new DecoderCompiler();

/** The errors of what the annotation says, or why it cannot be read; `path` is that of all annotations. */
export function validateOldAnnotation<T>(
  { key, schema, fromGo, errorField = "" }: OldAnnotation<T>,
  annotations: Readonly<Record<string, string>>,
  path: string,
  validate: Validator<T>,
): FieldErrors {
  const text = annotations[key] ?? "";
  if (text === "") return [];
  let value: unknown;
  try {
    value = decode(schema, parseJson(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [invalid(path + errorField, key, error.message)];
  }
  return validate(fromGo(value), `${path}.${key}`);
}

/** Throws a `SyntaxError` with Go's words. */
function decode(schema: Schema, value: unknown): unknown {
  const named = withNamesOf(schema, value ?? (schema.type === "list" ? [] : {}));
  try {
    return compiler.compile(schema)(named, newState());
  } catch (error) {
    if (error instanceof TypeMismatch) throw new SyntaxError(describeTypeError(schema, named));
    throw error;
  }
}

/** The value with the names of fields in the spelling of the schema. */
function withNamesOf(schema: Schema, value: unknown): unknown {
  if (schema.type === "list" && Array.isArray(value)) {
    return value.map((item: unknown) => withNamesOf(schema.items, item));
  }
  if (schema.type !== "object" || !isJsonObject(value)) return value;
  const fields = new Map([...schema.fields.values()].map((field) => [field.name.toLowerCase(), field]));
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) => {
      const field = fields.get(name.toLowerCase());
      return field === undefined ? [] : [[field.name, withNamesOf(field.schema, each)]];
    }),
  );
}

function withFieldsOfApi(item: object): object {
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]),
  );
}

function structure(name: string, fields: Readonly<Record<string, Schema>>): Schema {
  const declared = Object.entries(fields).map(([field, schema]): [string, Field] => [
    field,
    { name: field, schema, presence: presenceOf(field, schema), patchStrategy: [] },
  ]);
  return { type: "object", name, fields: new Map(declared), unknownFields: "drop", atomic: false };
}

/** Texts are there where nothing is said; of structures, the signature alone. */
function presenceOf(field: string, { type }: Schema): Field["presence"] {
  return type === "string" || field === "podSignature" ? "always" : "whenSet";
}

function listOf(name: string, fields: Readonly<Record<string, Schema>>): Schema {
  return { type: "list", items: structure(name, fields), listType: "atomic", keys: [] };
}
