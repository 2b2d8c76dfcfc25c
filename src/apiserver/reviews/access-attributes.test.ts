import { expect, test } from "bun:test";
import { accessAttributes, subjectOf } from "./access-attributes.ts";

const user = { name: "jane", groups: [] };

test("a question about a resource leaves nothing open", () => {
  const resourceAttributes = { verb: "get", resource: "pods" };
  expect(accessAttributes(user, { resourceAttributes })).toEqual({
    type: "resource",
    user,
    verb: "get",
    group: "",
    version: "*",
    resource: "pods",
    subresource: "",
    namespace: "",
    name: "",
  });
});

test("a question about a path", () => {
  const nonResourceAttributes = { verb: "get", path: "/metrics" };
  expect(accessAttributes(user, { nonResourceAttributes })).toEqual({
    type: "nonResource",
    user,
    verb: "get",
    path: "/metrics",
  });
});

test("somebody else is who the review says", () => {
  expect(subjectOf({ user: "joe", uid: "", groups: ["g"] })).toEqual({ name: "joe", groups: ["g"] });
  expect(subjectOf({ user: "joe", uid: "u", extra: { a: ["b"] } })).toEqual({
    name: "joe",
    uid: "u",
    groups: [],
    extra: { a: ["b"] },
  });
});
