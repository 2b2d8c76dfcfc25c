import { expect, test } from "bun:test";
import { remoteUserHeaders } from "./remote-user.ts";

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
