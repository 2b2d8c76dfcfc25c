import { JsonSyntaxError, parseJson } from "#apimachinery/codec/parse-json.ts";
import type { PatchType, WriteOptions } from "#apimachinery/request.ts";
import { badRequest } from "#apimachinery/status-error.ts";
import { unsupportedBody } from "./parse-body.ts";
import { parseYamlText } from "./yaml-text.ts";

const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
  "application/apply-patch+yaml": "apply",
};

/** The kind of patch that a `Content-Type` names. Throws UnsupportedMediaType for any other. */
export function patchTypeOf(contentType: string | undefined): PatchType {
  const [name = ""] = (contentType ?? "").split(";");
  const patchType = PATCH_TYPES[name];
  if (patchType === undefined) throw unsupportedBody(Object.keys(PATCH_TYPES));
  return patchType;
}

/** The document of a patch, parsed when somebody first asks for it, as an `ObjectBody` is. */
export class PatchBody {
  readonly #bytes: Buffer;
  readonly #patchType: PatchType;
  readonly #fieldValidation: WriteOptions["fieldValidation"];
  #parsed: ParsedPatch | undefined;

  constructor(bytes: Buffer, patchType: PatchType, fieldValidation: WriteOptions["fieldValidation"]) {
    this.#bytes = bytes;
    this.#patchType = patchType;
    this.#fieldValidation = fieldValidation;
  }

  /** Reading it throws a BadRequest for a text that cannot be parsed. */
  get document(): unknown {
    const text = this.#bytes.toString();
    this.#parsed ??= this.#patchType === "apply" ? parseApply(text, this.#fieldValidation) : parsePatch(text);
    return this.#parsed.document;
  }

  get warnings(): readonly string[] {
    return this.#parsed?.warnings ?? [];
  }
}

interface ParsedPatch {
  readonly document: unknown;
  readonly warnings: readonly string[];
}

function parsePatch(text: string): ParsedPatch {
  try {
    return { document: parseJson(text), warnings: [] };
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw badRequest("invalid JSON patch");
    throw error;
  }
}

function parseApply(text: string, fieldValidation: WriteOptions["fieldValidation"]): ParsedPatch {
  const plain = parseCompactJson(text);
  if (plain !== undefined) return { document: plain, warnings: [] };
  try {
    const { value, duplicateKeys } = parseYamlText(text);
    const problems =
      duplicateKeys.length === 0
        ? []
        : [`error converting YAML to JSON: yaml: unmarshal errors:\n  ${duplicateKeys.join("\n  ")}`];
    if (fieldValidation !== "Strict") {
      return { document: value, warnings: fieldValidation === "Ignore" ? [] : duplicateKeys };
    }
    for (const problem of problems) throw badRequest(`error strict decoding patch: ${problem}`);
    return { document: value, warnings: [] };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badRequest(`error encoding patch: error converting YAML to JSON: ${error.message}`);
  }
}

/** Clients mostly send JSON, which is much quicker to parse; one that would be written back as it is hides nothing. */
function parseCompactJson(text: string): unknown {
  if (!text.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value) === text.trimEnd() ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
