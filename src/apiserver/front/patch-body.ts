import { jsonKind } from "#apimachinery/codec/type-error.ts";
import { parseExactJson } from "#apimachinery/exact-json.ts";
import { isJsonObject } from "#apimachinery/json-value.ts";
import { parsePatch } from "#apimachinery/patch/parse-patch.ts";
import type { PatchType, WriteOptions } from "#apimachinery/request.ts";
import { badRequest, type StatusError } from "#apimachinery/status-error.ts";
import { parseYamlText } from "#apimachinery/yaml/yaml-text.ts";
import { CborError, nameOf, readHead } from "../cbor/cbor-head.ts";
import { decodeCbor } from "../cbor/decode-cbor.ts";
import type { ParseYaml } from "../formats/yaml-thread.ts";
import { unsupportedBody } from "./parse-body.ts";

/** What a patch does, and what it is written in. */
export interface PatchFormat {
  readonly patchType: PatchType;
  readonly encoding: "json" | "yaml" | "cbor";
}

/** In the order in which messages list them. */
const ANNOUNCED: Readonly<Record<string, PatchFormat>> = {
  "application/json-patch+json": { patchType: "json", encoding: "json" },
  "application/merge-patch+json": { patchType: "merge", encoding: "json" },
  "application/strategic-merge-patch+json": { patchType: "strategic", encoding: "json" },
  "application/apply-patch+yaml": { patchType: "apply", encoding: "yaml" },
};

/** CBOR is read, but not announced, as in answers. */
const FORMATS: Readonly<Record<string, PatchFormat>> = {
  ...ANNOUNCED,
  "application/apply-patch+cbor": { patchType: "apply", encoding: "cbor" },
};

/** The kind of patch that a `Content-Type` names. Throws UnsupportedMediaType for any other. */
export function patchFormatOf(contentType: string | undefined): PatchFormat {
  const [name = ""] = (contentType ?? "").split(";");
  const format = FORMATS[name];
  if (format === undefined) throw unsupportedBody(Object.keys(ANNOUNCED));
  return format;
}

/** The document of a patch, parsed when somebody first asks for it, as an `ObjectBody` is. */
export class PatchBody {
  readonly #bytes: Buffer;
  readonly #format: PatchFormat;
  readonly #fieldValidation: WriteOptions["fieldValidation"];
  readonly #parseYaml: ParseYaml;
  #parsed: ParsedBody | undefined;

  /** `parseYaml` is called when the document is first read. */
  constructor(
    bytes: Buffer,
    format: PatchFormat,
    fieldValidation: WriteOptions["fieldValidation"],
    parseYaml: ParseYaml = parseYamlText,
  ) {
    this.#bytes = bytes;
    this.#format = format;
    this.#fieldValidation = fieldValidation;
    this.#parseYaml = parseYaml;
  }

  /** Reading it throws a BadRequest for what cannot be parsed. */
  get document(): unknown {
    return this.#parse().document;
  }

  /** Of a JSON text; to be told or refused together with what is wrong with the result. Reading it throws too. */
  get problems(): readonly string[] {
    return this.#parse().problems ?? [];
  }

  get warnings(): readonly string[] {
    return this.#parsed?.warnings ?? [];
  }

  #parse(): ParsedBody {
    this.#parsed ??= this.#read();
    return this.#parsed;
  }

  #read(): ParsedBody {
    const { patchType, encoding } = this.#format;
    if (patchType !== "apply") return parsePatch(this.#bytes.toString(), patchType, this.#fieldValidation);
    return encoding === "cbor"
      ? parseCborApply(this.#bytes)
      : parseApply(this.#bytes.toString(), this.#fieldValidation, this.#parseYaml);
  }
}

interface ParsedBody {
  readonly document: unknown;
  readonly problems?: readonly string[];
  readonly warnings?: readonly string[];
}

/** Upstream blames YAML here too. */
function parseCborApply(bytes: Buffer): ParsedBody {
  try {
    const document = decodeCbor(bytes);
    if (isConfiguration(document)) return { document };
    const problem = `cannot unmarshal ${nameOf(readHead(bytes, 0).major)} into ${CONFIGURATION}`;
    throw new CborError(`cbor: ${problem}`);
  } catch (error) {
    if (error instanceof CborError) throw badRequest(`error decoding YAML: ${error.message}`);
    throw error;
  }
}

function parseApply(
  text: string,
  fieldValidation: WriteOptions["fieldValidation"],
  parseYaml: ParseYaml,
): ParsedBody {
  const plain = parseCompactJson(text);
  if (plain !== undefined) return { document: plain };
  try {
    const { value, duplicateKeys } = parseYaml(text);
    if (!isConfiguration(value)) throw notAnObject(value);
    if (duplicateKeys.length > 0 && fieldValidation === "Strict") {
      throw badRequest(
        `error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  ${duplicateKeys.join("\n  ")}`,
      );
    }
    return { document: value, warnings: fieldValidation === "Ignore" ? [] : duplicateKeys };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badRequest(`error decoding YAML: error converting YAML to JSON: ${error.message}`);
  }
}

const CONFIGURATION = "Go value of type map[string]interface {}";

/** An empty one is an object of no kind, and refused for that. */
function isConfiguration(document: unknown): boolean {
  return isJsonObject(document) || document === null;
}

function notAnObject(value: unknown): StatusError {
  const problem = `json: cannot unmarshal ${jsonKind(value)} into ${CONFIGURATION}`;
  return badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: ${problem}`);
}

/** Whether an apply can be read as what it is most often: JSON. */
export function isCompactJson(bytes: Buffer): boolean {
  return parseCompactJson(bytes.toString()) !== undefined;
}

/** Clients mostly send JSON, which is much quicker to parse; one that would be written back as it is hides nothing. */
function parseCompactJson(text: string): unknown {
  if (!text.startsWith("{")) return undefined;
  try {
    const value = parseExactJson(text);
    return JSON.stringify(value) === text.trimEnd() ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
