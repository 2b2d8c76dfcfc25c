import { expect, test } from "bun:test";
import { jsonFormat } from "../formats/json-format.ts";
import { documentAnswer, encoded } from "./document.ts";

test("documentAnswer writes a document in a format, with the header fields that it is given", () => {
  const answer = documentAnswer(201, encoded({ b: 1 }), jsonFormat, { "retry-after": "1" });
  expect([answer.code, answer.fields]).toEqual([
    201,
    { "content-type": "application/json", "retry-after": "1" },
  ]);
  expect(Buffer.from(answer.content as Uint8Array).toString()).toBe('{"b":1}\n');
});
