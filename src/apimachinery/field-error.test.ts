import { describe, expect, test } from "bun:test";
import * as fieldError from "./field-error.ts";

const { formatFieldError } = fieldError;

describe("formatFieldError", () => {
  const cases: [fieldError.FieldError, string][] = [
    [fieldError.required("spec.selector"), "spec.selector: Required value"],
    [fieldError.required("a", "must be specified"), "a: Required value: must be specified"],
    [fieldError.invalid("spec.replicas", -1, "bad"), "spec.replicas: Invalid value: -1: bad"],
    [fieldError.invalid("a", 'x"y', "bad"), 'a: Invalid value: "x\\"y": bad'],
    [fieldError.invalid("a", { b: ["<"] }, ""), 'a: Invalid value: {"b":["\\u003c"]}'],
    [
      fieldError.invalid("a", new fieldError.Unstructured([{ b: 1, "2": 0, "10": "<" }]), ""),
      'a: Invalid value: [{"10":"\\u003c","2":0,"b":1}]',
    ],
    [fieldError.invalid("a", new fieldError.Unstructured('x"'), "bad"), 'a: Invalid value: "x\\"": bad'],
    [fieldError.invalid("a", undefined, "bad"), "a: Invalid value: null: bad"],
    [fieldError.invalidWithoutValue("a", "bad"), "a: Invalid value: bad"],
    [fieldError.typeInvalid("a", true, "must be a string"), "a: Invalid value: true: must be a string"],
    [
      fieldError.notSupported("type", "X", ["A", "B"]),
      'type: Unsupported value: "X": supported values: "A", "B"',
    ],
    [fieldError.notSupported("type", "X", []), 'type: Unsupported value: "X"'],
    [fieldError.duplicate("ports[1]", "http"), 'ports[1]: Duplicate value: "http"'],
    [fieldError.forbidden("a", "no"), "a: Forbidden: no"],
    [fieldError.notFound("a", "b"), 'a: Not found: "b"'],
    [fieldError.tooLong("a", 1), "a: Too long: may not be more than 1 byte"],
    [fieldError.tooLong("a", 63), "a: Too long: may not be more than 63 bytes"],
    [fieldError.tooLong("a", -1), "a: Too long: value is too long"],
    [fieldError.tooLongCharacters("a", 2), "a: Too long: may not be more than 2 characters"],
    [fieldError.tooShort("a", 1), "a: Too short: must be at least 1 character"],
    [fieldError.tooShort("a", -1), "a: Too short: value is too short"],
    [fieldError.tooMany("a", 3, 1), "a: Too many: 3: must have at most 1 item"],
    [fieldError.tooMany("a", 3, 2), "a: Too many: 3: must have at most 2 items"],
    [fieldError.tooMany("a", -1, -1), "a: Too many: has too many items"],
    [fieldError.tooFew("a", 0, 1), "a: Too few: 0: must have at least 1 item"],
    [fieldError.tooFew("a", 0, -1), "a: Too few: 0: has too few items"],
    [fieldError.internalFieldError("a", "boom"), "a: Internal error: boom"],
  ];

  test.each(cases)("%#", (error, want) => {
    expect(formatFieldError(error)).toBe(want);
  });
});

test("paths are written as upstream writes them", () => {
  const path = fieldError.keyPath(fieldError.indexPath("spec.containers", 0), "x/y");
  expect(path).toBe("spec.containers[0][x/y]");
});
