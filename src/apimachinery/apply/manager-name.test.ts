import { expect, test } from "bun:test";
import { formatFieldError } from "../field-error.ts";
import { managerNameOf, validateManagerName } from "./manager-name.ts";

test.each([
  ["kubectl-edit", "kubectl/v1.36", "kubectl-edit"],
  ["", "kubectl/v1.36.0 (linux/amd64)", "kubectl"],
  [undefined, "my\u0007agent", "myagent"],
  [undefined, "ä".repeat(100), "ä".repeat(64)],
  [undefined, "", ""],
])("%p and %j name %j", (fieldManager, userAgent, want) => {
  expect(managerNameOf(fieldManager, userAgent)).toBe(want);
});

test("validateManagerName wants printable characters and a limited length", () => {
  expect(validateManagerName("kubectl ä", "fieldManager")).toEqual([]);
  expect(validateManagerName(`ä\u0007${"a".repeat(128)}`, "fieldManager").map(formatFieldError)).toEqual([
    "fieldManager: Too long: may not be more than 128 bytes",
    `fieldManager: Invalid value: "ä\\a${"a".repeat(128)}": invalid character U+0007 (at position 2)`,
  ]);
});

test("validateManagerName says nothing of the characters of a name that is far too long", () => {
  expect(validateManagerName("\0".repeat(100_000), "fieldManager").map(formatFieldError)).toEqual([
    "fieldManager: Too long: may not be more than 128 bytes",
  ]);
});
