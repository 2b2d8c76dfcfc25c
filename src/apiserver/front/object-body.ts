import { unrecognizedObject } from "#apimachinery/codec/codec.ts";
import { JsonSyntaxError, parseJson } from "#apimachinery/codec/parse-json.ts";
import type { RequestBody, WriteOptions } from "#apimachinery/request.ts";
import { badRequest, unsupportedMediaType } from "#apimachinery/status-error.ts";
import { parseMediaType } from "./media-type.ts";
import { JSON_TYPE, SUPPORTED_TYPES, YAML_TYPE } from "./output-format.ts";
import { parseYamlText } from "./yaml-text.ts";

export interface ObjectBodyOptions {
  readonly mediaType: string;
  /** The kind that the path asks for; messages name it. */
  readonly kind: string;
  readonly fieldValidation: WriteOptions["fieldValidation"];
}

/**
 * The object in the body of a write. It is parsed when somebody first asks for it, so that a request is refused for
 * what its sender may not do before it is refused for what is wrong with its text.
 */
export class ObjectBody implements RequestBody {
  readonly #bytes: Buffer;
  readonly #options: ObjectBodyOptions;
  #parsed: ParsedBody | undefined;

  constructor(bytes: Buffer, options: ObjectBodyOptions) {
    this.#bytes = bytes;
    this.#options = options;
  }

  /** Reading it throws a BadRequest for a text that cannot be parsed. */
  get object(): unknown {
    return this.#parse().object;
  }

  get text(): string {
    return this.#parse().text;
  }

  /** What to tell the client of a text that has been accepted. Empty as long as nobody has asked for the object. */
  get warnings(): readonly string[] {
    return this.#parsed?.warnings ?? [];
  }

  #parse(): ParsedBody {
    const text = this.#bytes.toString();
    this.#parsed ??=
      this.#options.mediaType === YAML_TYPE
        ? parseYaml(text, this.#options)
        : parseJsonBody(text, this.#options);
    return this.#parsed;
  }
}

/** The media type of a body. Throws UnsupportedMediaType for one that cannot be read; none at all means JSON. */
export function bodyMediaType(contentType: string | undefined): string {
  const name =
    contentType === undefined || contentType === "" ? JSON_TYPE : parseMediaType(contentType)?.name;
  if (name !== undefined && SUPPORTED_TYPES.includes(name)) return name;
  throw unsupportedBody(SUPPORTED_TYPES);
}

export function unsupportedBody(types: readonly string[]): Error {
  return unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: ${types.join(", ")}`,
  );
}

interface ParsedBody {
  readonly object: unknown;
  /** As JSON. */
  readonly text: string;
  readonly warnings: readonly string[];
}

function parseJsonBody(text: string, { kind }: ObjectBodyOptions): ParsedBody {
  try {
    return { object: parseJson(text), text, warnings: [] };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw unrecognizedObject({ kind }, `couldn't get version/kind; json parse error: ${error.message}`, text);
  }
}

function parseYaml(text: string, { kind, fieldValidation }: ObjectBodyOptions): ParsedBody {
  try {
    const { value, duplicateKeys } = parseYamlText(text);
    if (duplicateKeys.length > 0 && fieldValidation === "Strict") {
      throw badRequest(`strict decoding error: yaml: unmarshal errors:\n  ${duplicateKeys.join("\n  ")}`);
    }
    const warnings = fieldValidation === "Ignore" ? [] : duplicateKeys;
    return { object: value, text: JSON.stringify(value) ?? "null", warnings };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw unrecognizedObject({ kind }, `error converting YAML to JSON: ${error.message}`, text);
  }
}
