import type { Answer } from "#https/answer.ts";
import type { PipelineResponse } from "../pipeline.ts";
import { documentAnswer, type EncodedDocument, encoded } from "./document.ts";
import type { OutputFormat } from "./output-format.ts";
import type { Transformer } from "./transform.ts";

type DocumentResponse = Extract<PipelineResponse, { type: "object" | "list" }>;

/** Writes an object or a list as the client has asked for it. */
export function objectAnswer(
  response: DocumentResponse,
  format: OutputFormat,
  transformer: Transformer | undefined,
): Answer {
  const code = response.type === "object" ? response.code : 200;
  return documentAnswer(code, documentOf(response, transformer), format);
}

function documentOf(response: DocumentResponse, transformer: Transformer | undefined): EncodedDocument {
  if (transformer === undefined) return response;
  return encoded(
    response.type === "object" ? transformer.object(response.object) : transformer.list(response.list),
  );
}
