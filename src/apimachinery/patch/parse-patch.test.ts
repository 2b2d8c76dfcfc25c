import { describe, expect, test } from "bun:test";
import type { PatchType, WriteOptions } from "../request.ts";
import { StatusError } from "../status-error.ts";
import { parsePatch } from "./parse-patch.ts";

type Type = Exclude<PatchType, "apply">;

function failureOf(
  text: string,
  type: Type,
  fieldValidation: WriteOptions["fieldValidation"] = "Warn",
): string {
  try {
    return `parsed ${JSON.stringify(parsePatch(text, type, fieldValidation))}`;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return `${String(error.status.code)} ${error.message}`;
  }
}

describe("parsePatch", () => {
  const map = "Go value of type map[string]interface {}";
  test.each<[type: Type, text: string, failure: string]>([
    ["json", "[", "400 error decoding patch: unexpected end of JSON input"],
    ["json", "x", "400 error decoding patch: invalid character 'x' looking for beginning of value"],
    [
      "json",
      "{}",
      "400 error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
    ],
    [
      "json",
      "[1]",
      "400 error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp",
    ],
    [
      "json",
      '[{"op":1}]',
      "400 error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string",
    ],
    ["merge", "{", "400 error decoding patch: unexpected end of JSON input"],
    ["merge", "[1]", `400 error decoding patch: json: cannot unmarshal array into ${map}`],
    ["strategic", "{", "400 unexpected end of JSON input"],
    ["strategic", "true", `400 json: cannot unmarshal bool into ${map}`],
  ])("a %s patch %s is refused", (type, text, failure) => {
    expect(failureOf(text, type)).toBe(failure);
  });

  test.each<[type: Type, text: string, failure: string]>([
    ["json", "[", "400 unexpected end of JSON input"],
    ["merge", "{", "400 Invalid JSON Patch"],
    ["strategic", "{", "400 unexpected end of JSON input"],
  ])("a %s patch %s is refused where problems are ignored, too", (type, text, failure) => {
    expect(failureOf(text, type, "Ignore")).toBe(failure);
  });

  test.each<[type: Type, before: string, after: string, failure: string]>([
    ["json", '[{"op":"add","path":"/a","value":', "}]", "400 error decoding patch: exceeded max depth"],
    ["merge", '{"a":', "}", "400 error decoding patch: exceeded max depth"],
    ["strategic", '{"a":', "}", "400 exceeded max depth"],
  ])("a %s patch %s%s with very deep lists is refused", (type, before, after, failure) => {
    const depth = 100_000;
    expect(failureOf(before + "[".repeat(depth) + "]".repeat(depth) + after, type)).toBe(failure);
  });

  test.each<[type: Type, text: string, problems: readonly string[]]>([
    ["json", '[{"op":"add","path":"/a","value":1,"foo":2}]', ['json patch unknown field "[0].foo"']],
    ["json", '[{"op":"add","op":"remove","path":"/a"}]', ['json patch duplicate field "[0].op"']],
    [
      "merge",
      '{"spec": {"a": 1, "b": [{"c": 1, "c": 2}], "a": 2}}',
      ['duplicate field "spec.b[0].c"', 'duplicate field "spec.a"'],
    ],
    ["strategic", '{"a":1,"a":2}', ['duplicate field "a"']],
    ["strategic", '{"a": 1}', []],
  ])("tells what is wrong with the text of a %s patch: %s", (type, text, problems) => {
    expect(parsePatch(text, type, "Strict").problems).toEqual(problems);
    expect(parsePatch(text, type, "Ignore").problems).toEqual([]);
  });
});
