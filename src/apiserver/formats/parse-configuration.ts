import { DecoderCompiler, newState } from "#apimachinery/codec/decoder.ts";
import { findStrictErrors } from "#apimachinery/codec/strict-errors.ts";
import { findTypeError } from "#apimachinery/codec/type-error.ts";
import { quote } from "#apimachinery/go-text.ts";
import { isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import type { ObjectSchema } from "#apimachinery/schema.ts";
import { parseYamlText } from "#apimachinery/yaml/yaml-text.ts";

/** A kind of documents that operators write. */
export interface ConfigurationKind {
  readonly kind: string;
  /** Of the group `apiserver.config.k8s.io`; all have the same fields. */
  readonly versions: readonly string[];
  readonly schema: ObjectSchema;
}

/** The document in a text of YAML or JSON; a text says why it is none, as Kubernetes' strict decoder does. */
export function parseConfiguration(text: string, kind: ConfigurationKind): object | string {
  let parsed: ReturnType<typeof parseYamlText>;
  try {
    parsed = parseYamlText(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return error.message;
  }
  const { value, duplicateKeys } = parsed;
  if (!isJsonObject(value)) return "couldn't get version/kind; json parse error: it is not an object";
  return typeProblem(value, kind) ?? decode(value, duplicateKeys, kind.schema);
}

function typeProblem(
  { apiVersion = "", kind = "" }: JsonObject,
  expected: ConfigurationKind,
): string | undefined {
  if (kind === "") return "Object 'Kind' is missing";
  if (apiVersion === "") return "Object 'apiVersion' is missing";
  const versions: readonly unknown[] = expected.versions.map((each) => `apiserver.config.k8s.io/${each}`);
  if (kind === expected.kind && versions.includes(apiVersion)) return undefined;
  return `no kind ${quote(String(kind as string))} is registered for version ${quote(String(apiVersion as string))}: there is ${expected.kind} of ${versions.join(", ")}`;
}

function decode(value: JsonObject, duplicateKeys: readonly string[], schema: ObjectSchema): object | string {
  const mismatch = findTypeError(schema, value);
  if (mismatch !== undefined) return mismatch;
  const duplicates =
    duplicateKeys.length === 0 ? [] : [["yaml: unmarshal errors:", ...duplicateKeys].join("\n  ")];
  const errors = [...duplicates, ...findStrictErrors(schema, JSON.stringify(value))];
  if (errors.length > 0) return `strict decoding error: ${errors.join(", ")}`;
  return new DecoderCompiler().compile(schema)(value, newState()) as object;
}
