import { Answer, type AnswerHeaders } from "#https/answer.ts";
import { type OutputFormat, YAML_TYPE } from "./output-format.ts";
import { formatYamlText } from "./yaml-text.ts";

const NEWLINE = 0x0a;

/** JSON bytes that need not be changed for a client who wants plain JSON. */
export interface EncodedDocument {
  bytes(): Uint8Array;
}

/** Writes a document in the format that the client has asked for. */
export function documentAnswer(
  code: number,
  document: EncodedDocument,
  { mediaType, pretty }: Pick<OutputFormat, "mediaType" | "pretty">,
  fields: AnswerHeaders = {},
): Answer {
  const headers = { "content-type": mediaType, ...fields };
  if (mediaType === YAML_TYPE) return new Answer(code, headers, Buffer.from(formatYamlText(parse(document))));
  if (pretty) return new Answer(code, headers, Buffer.from(`${JSON.stringify(parse(document), null, 2)}\n`));
  return new Answer(code, headers, withNewline(document.bytes()));
}

export function encoded(value: unknown): EncodedDocument {
  return { bytes: () => Buffer.from(`${JSON.stringify(value)}\n`) };
}

function parse(document: EncodedDocument): unknown {
  return JSON.parse(Buffer.from(document.bytes()).toString()) as unknown;
}

/** Go's encoder ends every document with a newline. */
function withNewline(bytes: Uint8Array): Uint8Array {
  return bytes.at(-1) === NEWLINE ? bytes : Buffer.concat([bytes, Uint8Array.of(NEWLINE)]);
}
