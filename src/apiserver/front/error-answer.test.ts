import { describe, expect, test } from "bun:test";
import { Readable } from "node:stream";
import { BuiltInSchemas } from "#api/schemas.ts";
import { notFound, tooManyRequests } from "#apimachinery/status-error.ts";
import type { Answer } from "#https/answer.ts";
import { Exchange } from "#https/exchange.ts";
import { asStatusError, errorAnswer } from "./error-answer.ts";
import { WireFormats } from "./wire-formats.ts";

const formats = new WireFormats(new BuiltInSchemas());

function asking(accept: string): Exchange {
  return new Exchange({
    method: "GET",
    url: "/api/v1/namespaces/default/pods/a",
    headers: { accept },
    peer: { address: "192.0.2.1" },
    requestId: "id",
    body: Readable.from([]),
  });
}

const text = ({ content }: Answer): string => Buffer.from(content as Uint8Array).toString();

describe("errorAnswer", () => {
  const missing = notFound({ group: "", resource: "pods" }, "a");

  test.each(["application/json", "text/plain", "application/json;as=Table;v=v1;g=meta.k8s.io"])(
    "answers a Status in JSON to who accepts %s",
    (accept) => {
      const answer = errorAnswer(missing, asking(accept), formats);
      expect([answer.code, answer.fields]).toEqual([404, { "content-type": "application/json" }]);
      expect(JSON.parse(text(answer))).toEqual({
        kind: "Status",
        apiVersion: "v1",
        metadata: {},
        status: "Failure",
        message: 'pods "a" not found',
        reason: "NotFound",
        details: { name: "a", kind: "pods" },
        code: 404,
      });
    },
  );

  test("answers in YAML to who wants that", () => {
    expect(text(errorAnswer(missing, asking("application/yaml"), formats))).toStartWith(
      "apiVersion: v1\ncode: 404\n",
    );
  });

  test("says when to come back", () => {
    expect(errorAnswer(tooManyRequests("too many", 7), asking("*/*"), formats).fields["retry-after"]).toBe(
      "7",
    );
  });
});

describe("asStatusError", () => {
  test("leaves API errors as they are", () => {
    const error = notFound({ group: "", resource: "pods" }, "a");
    expect(asStatusError(error)).toBe(error);
  });

  test.each([
    { name: "an error", error: new TypeError("broken") },
    { name: "something else that was thrown", error: "broken" },
  ])("makes $name a 500", ({ error }) => {
    const { code, message, status } = asStatusError(error).status;
    expect([code, message, status]).toEqual([500, "broken", "Failure"]);
  });
});
