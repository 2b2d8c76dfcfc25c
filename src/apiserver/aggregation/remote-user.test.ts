import { expect, test } from "bun:test";
import { isRemoteUserHeader, remoteUserHeaders } from "./remote-user.ts";

test("remoteUserHeaders tells all that is known of the user", () => {
  const extra = { "example.com/role": ["a", "b"], "ünï%": ["c"], "Plain-Key_1": ["d"] };
  expect(remoteUserHeaders({ name: "jane", uid: "42", groups: ["dev", "ops"], extra })).toEqual({
    "x-remote-user": "jane",
    "x-remote-uid": "42",
    "x-remote-group": ["dev", "ops"],
    "x-remote-extra-example.com%2Frole": ["a", "b"],
    "x-remote-extra-%C3%BCn%C3%AF%25": ["c"],
    "x-remote-extra-Plain-Key_1": ["d"],
  });
  expect(remoteUserHeaders({ name: "jane", groups: [] })).toEqual({ "x-remote-user": "jane" });
});

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
