import { Answer, type AnswerHeaders } from "#https/answer.ts";
import type { WireFormat } from "../formats/wire-format.ts";

/** A document as JSON, of which every format is made. */
export interface EncodedDocument {
  bytes(): Buffer;
}

/** Answers with a document in the format that the client has asked for. */
export function documentAnswer(
  code: number,
  document: EncodedDocument,
  format: WireFormat,
  fields: AnswerHeaders = {},
): Answer {
  return new Answer(
    code,
    { "content-type": format.contentType, ...fields },
    format.document(document.bytes()),
  );
}

export function encoded(value: unknown): EncodedDocument {
  return { bytes: () => Buffer.from(JSON.stringify(value)) };
}
