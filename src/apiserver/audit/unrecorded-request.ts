import { quote } from "#apimachinery/go-text.ts";
import { unexpectedResponse } from "#apimachinery/status-error.ts";
import { textAnswer } from "#https/answer.ts";
import { PlainError } from "../plain-error.ts";

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** A request that is refused because its audit event is lost (apiserver `pkg/endpoints/filters/audit.go`). */
export class UnrecordedRequest extends PlainError {
  constructor(requestURI: string) {
    const uri = quote(requestURI).replace(/[&<>]/g, (character) => ENTITIES[character] ?? "");
    const text = `Internal Server Error: ${uri}: failed to store audit event`;
    const answer = textAnswer(500, `${text}\n`, { "x-content-type-options": "nosniff" });
    super(unexpectedResponse(500, "", text).status, answer);
  }
}
