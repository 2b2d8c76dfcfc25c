import { JsonSyntaxError, parseJson } from "#apimachinery/codec/parse-json.ts";
import type { Status } from "#apimachinery/meta.ts";
import { StatusError, unexpectedResponse } from "#apimachinery/status-error.ts";
import { parseStatus } from "#client/decode-response.ts";
import type { BackendResponse } from "../backends/send-request.ts";

/** Longest answer, in bytes: that of a conversion holds a whole page of a list. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;

/** How much of an answer that cannot be understood is shown, in characters (client-go `rest/request.go`). */
const MAX_SHOWN_LENGTH = 2048;

/** What a webhook has answered with a success. */
export interface WebhookAnswer {
  readonly code: number;
  readonly type: string;
  readonly text: string;
}

/**
 * The answer of a webhook. Rejects with a StatusError for the answer that something went wrong, and with an Error for
 * one that is cut off or too long; the words are those of client-go.
 */
export async function readAnswer(response: BackendResponse): Promise<WebhookAnswer> {
  const text = await readText(response);
  const { code, headers } = response;
  const { "content-type": type = "" } = headers;
  if (code < 200 || code > 206) throw failureOf(code, type, text);
  return { code, type, text };
}

/** The JSON object in an answer. Throws a StatusError for one that reports a failure, and an Error for no object. */
export function parseReview({ code, type, text }: WebhookAnswer): object {
  if (text === "")
    throw new Error(`0-length response with status code: ${String(code)} and content type: ${type}`);
  const review = parseObject(text);
  const status = review as Partial<Status>;
  if (status.kind === "Status" && status.status !== "Success") throw new StatusError(status as Status);
  return review;
}

async function readText({ content }: BackendResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of content) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) throw new Error("http: response body too large");
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `unexpected error when reading response body. Please retry. Original error: ${why}`;
    throw new Error(message, { cause });
  }
  return Buffer.concat(chunks, size).toString();
}

function failureOf(code: number, contentType: string, text: string): StatusError {
  const status = parseStatus(text);
  if (status !== undefined) return new StatusError({ ...status, code });
  const isText = contentType === "" || contentType.startsWith("text/");
  return unexpectedResponse(code, "POST", isText ? text.slice(0, MAX_SHOWN_LENGTH).trim() : "unknown");
}

function parseObject(text: string): object {
  try {
    const review = parseJson(text);
    if (typeof review === "object" && review !== null && !Array.isArray(review)) return review;
    throw new JsonSyntaxError("json: cannot unmarshal a value that is no object");
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new Error(`couldn't get version/kind; json parse error: ${error.message}`, { cause: error });
  }
}
