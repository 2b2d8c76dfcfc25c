import { invalid as invalidField } from "../field-error.ts";
import { goJson, quote } from "../go-text.ts";
import { isJsonObject, type JsonObject } from "../json-value.ts";
import { formatApiVersion, type GroupVersionKind, parseApiVersion } from "../meta.ts";
import type { ObjectSchema } from "../schema.ts";
import { badRequest, invalid, type StatusError } from "../status-error.ts";
import { DecoderCompiler, type DecodeState, newState } from "./decoder.ts";
import { checkDepth, JsonSyntaxError, parseJson } from "./parse-json.ts";
import { TypeMismatch } from "./scalars.ts";
import { findStrictErrors } from "./strict-errors.ts";
import { describeTypeError, jsonKind } from "./type-error.ts";

export interface DecodeOptions {
  /** The kind that is asked for. What the value leaves out of it is filled in, what contradicts it is refused. */
  readonly gvk: GroupVersionKind;
  /** What becomes of unknown and duplicate fields; they are dropped in any case. Default `Warn`, as upstream. */
  readonly fieldValidation?: "Ignore" | "Warn" | "Strict";
  /** The JSON that the value was parsed from: duplicate fields are only found in it. */
  readonly text?: string;
  /** What is wrong with the text that the value, or a patch of it, came in: treated as unknown fields are, and before them. */
  readonly problems?: readonly string[];
  /**
   * An object that was decoded by the same schema before. What is the same in the value is taken from it, so that
   * unchanged parts of a changed object remain the same objects.
   */
  readonly known?: JsonObject | undefined;
}

export interface Decoded {
  readonly object: JsonObject;
  /** For `Warning:` headers: `unknown field "spec.foo"`. */
  readonly warnings: readonly string[];
}

/**
 * Reads objects as Kubernetes' API server reads them. The result is what a Go server would write back: fields in
 * the order of the schema, empty ones left out or written as Go writes them, quantities and times in their canonical
 * form. In one thing it differs: where Go writes null for an absent list or map, there is an empty one.
 *
 * Keeps what it has compiled for a schema as long as that schema lives.
 */
export class Codec {
  readonly #decoders = new DecoderCompiler();

  /** Decodes a request body. Throws a 400 `StatusError` for a text that is no JSON, and as `decode` does. */
  decodeText(schema: ObjectSchema, text: string, options: DecodeOptions): Decoded {
    let value: unknown;
    try {
      value = parseJson(text);
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
      throw unrecognizedObject(options.gvk, NO_KIND + error.message, text);
    }
    return this.decode(schema, value, { ...options, text });
  }

  /**
   * Decodes a parsed value, which is not changed and must not be changed later: values without a schema are shared.
   * Throws a 400 `StatusError` in Kubernetes' words for wrong types, for another kind than that of the options, for
   * values that are nested too deeply, and under `Strict` for unknown and duplicate fields.
   */
  decode(schema: ObjectSchema, value: unknown, options: DecodeOptions): Decoded {
    const input = withTypeMeta(value, options);
    try {
      return this.#decode(schema, input, options);
    } catch (error) {
      if (!(error instanceof DecodeProblem)) throw error;
      throw cannotHandle(options.gvk, options.gvk, error.message);
    }
  }

  /**
   * Decodes what a patch has made of an object. The same problems are a 422 `StatusError` here, about a field `patch`
   * with the given value: the patched JSON, or for a strategic merge patch the patch as Go prints it. Only then is it
   * asked for.
   */
  decodePatched(
    schema: ObjectSchema,
    value: unknown,
    options: DecodeOptions & { readonly patch: () => string },
  ): Decoded {
    try {
      return this.#decode(schema, withTypeMeta(value, options), options);
    } catch (error) {
      if (!(error instanceof DecodeProblem)) throw error;
      throw invalid({ group: "", kind: "" }, "", [invalidField("patch", options.patch(), error.message)]);
    }
  }

  #decode(schema: ObjectSchema, input: JsonObject, options: DecodeOptions): Decoded {
    const state = newState();
    const object = this.#run(schema, input, state, options.known);
    if (state.hasUnknownFields) refuseDeep(input);
    const errors = strictErrors(schema, input, state, options);
    if (errors.length > 0 && options.fieldValidation === "Strict") {
      throw new DecodeProblem(`strict decoding error: ${errors.join(", ")}`);
    }
    return { object, warnings: errors.flatMap(warningsOf) };
  }

  #run(
    schema: ObjectSchema,
    input: JsonObject,
    state: DecodeState,
    known: JsonObject | undefined,
  ): JsonObject {
    try {
      return this.#decoders.compile(schema)(input, state, known) as JsonObject;
    } catch (error) {
      if (error instanceof JsonSyntaxError) throw new DecodeProblem(error.message);
      if (!(error instanceof TypeMismatch || error instanceof SyntaxError)) throw error;
      throw new DecodeProblem(describeTypeError(schema, input));
    }
  }
}

/** Why a value cannot be decoded, in Go's words. */
class DecodeProblem extends Error {}

/** Checks the kind that a value says it has, and completes it. */
function withTypeMeta(value: unknown, { gvk, text }: DecodeOptions): JsonObject {
  const input = value ?? {};
  if (!isJsonObject(input)) {
    const body = text ?? JSON.stringify(value);
    throw unrecognizedObject(
      gvk,
      `${NO_KIND}json: cannot unmarshal ${jsonKind(value)} into ${KIND_STRUCT}`,
      body,
    );
  }
  const { apiVersion, kind } = input;
  for (const [name, each] of Object.entries({ apiVersion, kind })) {
    if (typeof (each ?? "") === "string") continue;
    const problem = `json: cannot unmarshal ${jsonKind(each)} into Go struct field .${name} of type string`;
    throw unrecognizedObject(gvk, NO_KIND + problem, text ?? JSON.stringify(value));
  }
  return completeTypeMeta(input, textOf(kind), textOf(apiVersion), gvk);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

const NO_KIND = "couldn't get version/kind; json parse error: ";
const KIND_STRUCT = `Go value of type struct { APIVersion string ${quote('json:"apiVersion,omitempty"')}; Kind string ${quote('json:"kind,omitempty"')} }`;

function completeTypeMeta(
  input: JsonObject,
  kind: string,
  apiVersion: string,
  gvk: GroupVersionKind,
): JsonObject {
  const expected = formatApiVersion(gvk);
  if (kind === gvk.kind && apiVersion === expected) return input;
  if (kind !== "" && kind !== gvk.kind) {
    const actual = { ...(apiVersion === "" ? gvk : parseApiVersion(apiVersion)), kind };
    throw cannotHandle(actual, gvk, conversionProblem(actual, gvk));
  }
  if (apiVersion !== "" && apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    );
  }
  return { ...input, kind: gvk.kind, apiVersion: expected };
}

/** Upstream tries to convert to its internal type, whose package is called like the group. */
function conversionProblem(actual: GroupVersionKind, wanted: GroupVersionKind): string {
  const internal = wanted.group === "" ? "core" : (wanted.group.split(".")[0] ?? "");
  return `converting (${actual.version}.${actual.kind}) to (${internal}.${wanted.kind}): unknown conversion`;
}

/** The decoders do not look into unknown fields, however deep. */
function refuseDeep(input: JsonObject): void {
  try {
    checkDepth(input);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new DecodeProblem(error.message);
  }
}

function strictErrors(
  schema: ObjectSchema,
  input: JsonObject,
  { hasUnknownFields }: DecodeState,
  { fieldValidation = "Warn", text, problems = [] }: DecodeOptions,
): readonly string[] {
  if (fieldValidation === "Ignore") return [];
  const mayHaveDuplicates = text !== undefined && !isWrittenOnce(input, text);
  if (!hasUnknownFields && !mayHaveDuplicates) return problems;
  return [...problems, ...findStrictErrors(schema, text ?? JSON.stringify(input))];
}

const YAML_PROBLEMS = "yaml: unmarshal errors:\n";

/** What the YAML parser says in one message of several lines is several warnings. */
function warningsOf(error: string): readonly string[] {
  if (!error.startsWith(YAML_PROBLEMS)) return [error];
  return error
    .slice(YAML_PROBLEMS.length)
    .split("\n")
    .map((line) => line.trim());
}

/** A text that is what its value would be written as has no duplicates: they would have been lost. */
function isWrittenOnce(value: JsonObject, text: string): boolean {
  const written = JSON.stringify(value);
  return written === text || written === text.trimEnd() || goJson(value) === text.trimEnd();
}

/** The 400 of a value that says what kind it is (apiserver `transformDecodeError`). */
function cannotHandle(actual: GroupVersionKind, wanted: GroupVersionKind, problem: string): StatusError {
  const version = formatApiVersion({ group: "", version: actual.version });
  return badRequest(
    `${actual.kind} in version ${quote(version)} cannot be handled as a ${wanted.kind}: ${problem}`,
  );
}

/** The 400 of a body that does not even tell its kind. */
export function unrecognizedObject(
  { kind }: Pick<GroupVersionKind, "kind">,
  problem: string,
  body: string | Uint8Array,
): StatusError {
  const summary = summarize(Buffer.from(body));
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${problem} (${summary})`);
}

const OPEN_BRACE = 0x7b;

/** The beginning of a body: as text where it looks like an object, in hexadecimal digits otherwise. */
function summarize(bytes: Buffer): string {
  if (bytes.length === 0) return "<empty>";
  const head = bytes.subarray(0, 30);
  return head.toString(bytes[0] === OPEN_BRACE ? "utf8" : "hex") + (bytes.length > 30 ? " ..." : "");
}
