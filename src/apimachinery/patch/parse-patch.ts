import { checkDepth, JsonSyntaxError, parseJson } from "../codec/parse-json.ts";
import { findDuplicateFields, findStrictErrors } from "../codec/strict-errors.ts";
import { findTypeError, jsonKind } from "../codec/type-error.ts";
import { isJsonObject } from "../json-value.ts";
import type { PatchType, WriteOptions } from "../request.ts";
import type { Field, ListSchema, Schema } from "../schema.ts";
import { badRequest, type StatusError } from "../status-error.ts";

export interface ParsedPatch {
  readonly document: unknown;
  /** Duplicate fields, and what an operation has no field for: told or refused as those of the result are. */
  readonly problems: readonly string[];
}

/** What an operation of a JSON patch is decoded to (apiserver `endpoints/handlers/patch.go`). */
const OPERATIONS: ListSchema = {
  type: "list",
  items: {
    type: "object",
    name: "handlers.jsonPatchOp",
    fields: new Map([
      ...["op", "path", "from"].map((name) => operationField(name, { type: "string" })),
      operationField("value", { type: "any" }),
    ]),
    unknownFields: "drop",
    atomic: false,
  },
  listType: "atomic",
  keys: [],
};

function operationField(name: string, schema: Schema): [string, Field] {
  return [name, { name, schema, presence: "whenSet", patchStrategy: [] }];
}

/**
 * Parses a JSON, merge or strategic merge patch. Throws a 400 `StatusError` in upstream's words for a text that is no
 * such patch. Problems are not looked for where they are ignored.
 */
export function parsePatch(
  text: string,
  type: Exclude<PatchType, "apply">,
  fieldValidation: WriteOptions["fieldValidation"] = "Warn",
): ParsedPatch {
  const isChecked = fieldValidation !== "Ignore";
  const document = parse(text, { type, isChecked });
  if (!isChecked) return { document, problems: [] };
  const problems = type === "json" ? operationProblems(text) : duplicatesIn(text, document);
  return { document, problems };
}

/** A text that its value would be written as has no duplicates: they would have been lost. */
function duplicatesIn(text: string, document: unknown): readonly string[] {
  return JSON.stringify(document) === text.trimEnd() ? [] : findDuplicateFields(text);
}

interface PatchReading {
  readonly type: Exclude<PatchType, "apply">;
  readonly isChecked: boolean;
}

function parse(text: string, reading: PatchReading): unknown {
  try {
    const document = parseJson(text);
    checkDepth(document);
    const problem = reading.isChecked ? typeProblem(document, reading.type) : undefined;
    if (problem !== undefined) throw unreadable(problem, reading);
    return document;
  } catch (error) {
    throw error instanceof JsonSyntaxError ? unreadable(error.message, reading) : error;
  }
}

function typeProblem(document: unknown, type: PatchReading["type"]): string | undefined {
  if (document === null) return undefined;
  if (type !== "json") {
    return isJsonObject(document)
      ? undefined
      : `json: cannot unmarshal ${jsonKind(document)} into Go value of type map[string]interface {}`;
  }
  return findTypeError(OPERATIONS, document);
}

function unreadable(problem: string, { type, isChecked }: PatchReading): StatusError {
  if (type === "strategic") return badRequest(problem);
  if (isChecked) return badRequest(`error decoding patch: ${problem}`);
  return badRequest(type === "merge" ? "Invalid JSON Patch" : problem);
}

function operationProblems(text: string): readonly string[] {
  return findStrictErrors(OPERATIONS, text).map((problem) => `json patch ${problem}`);
}
