import { StatusError, unclassified } from "#apimachinery/status-error.ts";
import type { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import { documentAnswer, encoded } from "./document.ts";
import { JSON_TYPE, negotiateOutput, type OutputFormat, outputWishes } from "./output-format.ts";

/** Any failure as an API error; one that nobody has foreseen becomes a 500 with its message. */
export function asStatusError(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  return unclassified(error instanceof Error ? error.message : String(error));
}

/** Answers a failure with its Status, in the client's format where that is possible and in JSON where not. */
export function errorAnswer({ status }: StatusError, exchange: Exchange): Answer {
  const retryAfterSeconds = status.details?.retryAfterSeconds ?? 0;
  return documentAnswer(status.code, encoded(status), formatFor(exchange), {
    ...(retryAfterSeconds > 0 && { "retry-after": String(retryAfterSeconds) }),
  });
}

function formatFor(exchange: Exchange): Pick<OutputFormat, "mediaType" | "pretty"> {
  try {
    return negotiateOutput(outputWishes(exchange));
  } catch (error) {
    // What cannot be said in any format that the client accepts is said in JSON.
    if (error instanceof StatusError) return { mediaType: JSON_TYPE, pretty: false };
    throw error;
  }
}
