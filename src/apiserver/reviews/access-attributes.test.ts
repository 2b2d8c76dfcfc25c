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

test.each([
  [{ rawSelector: "spec.nodeName=n1" }, [{ field: "spec.nodeName", operator: "=", value: "n1" }]],
  [
    {
      requirements: [
        { key: "a", operator: "In", values: ["1"] },
        { key: "b", operator: "NotIn", values: ["2"] },
        { key: "c", operator: "In", values: ["3", "4"] },
        { key: "d", operator: "Exists" },
      ],
    },
    [
      { field: "a", operator: "=", value: "1" },
      { field: "b", operator: "!=", value: "2" },
    ],
  ],
  [{ rawSelector: "?" }, undefined],
  [{}, undefined],
])("a question about a part of a collection: %j", (fieldSelector, want) => {
  const resourceAttributes = { verb: "list", resource: "pods", fieldSelector };
  const asked = accessAttributes(user, { resourceAttributes });
  expect(asked.type === "resource" ? asked.fieldSelector : undefined).toEqual(want as never);
});

test.each([
  [{ rawSelector: "app=web" }, [{ key: "app", operator: "=", values: ["web"] }]],
  [
    {
      requirements: [
        { key: "a", operator: "NotIn", values: ["1", "2"] },
        { key: "b", operator: "DoesNotExist" },
        { key: "c", operator: "In" },
        { key: "d", operator: "Sounds" },
      ],
    },
    [
      { key: "a", operator: "notin", values: ["1", "2"] },
      { key: "b", operator: "!", values: [] },
    ],
  ],
  [{ rawSelector: "a in (" }, undefined],
])("a question about what has labels: %j", (labelSelector, want) => {
  const resourceAttributes = { verb: "list", resource: "pods", labelSelector };
  const asked = accessAttributes(user, { resourceAttributes });
  expect(asked.type === "resource" ? asked.labelSelector : undefined).toEqual(want as never);
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
