import { expect, test } from "bun:test";
import { isRemoteUserHeader } from "./own-headers.ts";

test.each([
  ["x-remote-user", true],
  ["x-remote-uid", true],
  ["x-remote-group", true],
  ["x-remote-extra-scopes", true],
  ["x-remote", false],
  ["x-remote-user-agent", false],
])("only the front proxy may say %s: %p", (name, expected) => {
  expect(isRemoteUserHeader(name)).toBe(expected);
});
