import { StatusError, unclassified } from "#apimachinery/status-error.ts";
import type { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import { prettyJsonFormat } from "../formats/json-format.ts";
import type { WireFormat } from "../formats/wire-format.ts";
import { PlainError } from "../plain-error.ts";
import { documentAnswer, encoded } from "./document.ts";
import { negotiateOutput, outputWishes, PLAIN_DOCUMENTS } from "./output-format.ts";
import type { WireFormats } from "./wire-formats.ts";

/** Any failure as an API error; one that nobody has foreseen becomes a 500 with its message. */
export function asStatusError(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  return unclassified(error instanceof Error ? error.message : String(error));
}

/** Answers a failure with its Status, in the client's format where that is possible and in JSON where not. */
export function errorAnswer(error: StatusError, exchange: Exchange, formats: WireFormats): Answer {
  if (error instanceof PlainError) return error.answer;
  const { status } = error;
  const retryAfterSeconds = status.details?.retryAfterSeconds ?? 0;
  return documentAnswer(status.code, encoded(status), formatFor(exchange, formats), {
    ...(retryAfterSeconds > 0 && { "retry-after": String(retryAfterSeconds) }),
  });
}

function formatFor(exchange: Exchange, formats: WireFormats): WireFormat {
  try {
    return formats.of(negotiateOutput(outputWishes(exchange), PLAIN_DOCUMENTS));
  } catch (error) {
    // What cannot be said in any format that the client accepts is said in JSON, for people to read.
    if (error instanceof StatusError) return prettyJsonFormat;
    throw error;
  }
}
