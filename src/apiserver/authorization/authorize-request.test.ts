import { describe, expect, test } from "bun:test";
import type { RequestOperation, RequestTarget } from "#apimachinery/request.ts";
import { requestAttributes } from "./authorize-request.ts";

const user = { name: "jane", groups: [] };
const pods: RequestTarget = { group: "", version: "v1", resource: "pods", namespace: "web" };
const namespaces: RequestTarget = { group: "", version: "v1", resource: "namespaces" };

describe("requestAttributes", () => {
  const cases: [string, RequestTarget, RequestOperation, object][] = [
    ["an object", { ...pods, name: "a" }, { verb: "get" }, { verb: "get", namespace: "web", name: "a" }],
    ["a collection", pods, { verb: "list" }, { verb: "list", name: "" }],
    [
      "a Namespace, which is in itself",
      { ...namespaces, name: "web" },
      { verb: "get" },
      { namespace: "web" },
    ],
    [
      "a part of a Namespace",
      { ...namespaces, name: "web", subresource: "status" },
      { verb: "get" },
      { namespace: "web", subresource: "status" },
    ],
    ["all Namespaces", namespaces, { verb: "list" }, { namespace: "", name: "" }],
    [
      "a list that can have one object only",
      pods,
      { verb: "list", options: { fieldSelector: "metadata.name=a" } },
      { name: "a", fieldSelector: [{ field: "metadata.name", operator: "=", value: "a" }] },
    ],
    [
      "a watch that can have one object only",
      pods,
      { verb: "watch", options: { fieldSelector: "metadata.name=a,status.phase!=Failed" } },
      { name: "a" },
    ],
    [
      "a name that cannot be",
      pods,
      { verb: "list", options: { fieldSelector: "metadata.name=a/b" } },
      { name: "" },
    ],
    [
      "all but one",
      pods,
      { verb: "list", options: { fieldSelector: "metadata.name!=a" } },
      { name: "", fieldSelector: [{ field: "metadata.name", operator: "!=", value: "a" }] },
    ],
    [
      "a deletion, which is never of one object",
      pods,
      { verb: "deletecollection", list: { fieldSelector: "metadata.name=a" } },
      { name: "", fieldSelector: [{ field: "metadata.name", operator: "=", value: "a" }] },
    ],
    [
      "a list of some labels",
      pods,
      { verb: "list", options: { labelSelector: "app=web,tier notin (a,b),!old" } },
      {
        labelSelector: [
          { key: "app", operator: "=", values: ["web"] },
          { key: "tier", operator: "notin", values: ["a", "b"] },
          { key: "old", operator: "!", values: [] },
        ],
      },
    ],
    [
      "the selectors of a deletion",
      pods,
      { verb: "deletecollection", list: { labelSelector: "app" } },
      { labelSelector: [{ key: "app", operator: "exists", values: [] }] },
    ],
  ];
  test.each(cases)("%s", (_name, target, operation, want) => {
    expect(requestAttributes(user, { target, operation })).toMatchObject(want);
  });

  test("a selector that nobody understands limits nothing", () => {
    const options = { fieldSelector: "?", labelSelector: "a in (" };
    const attributes = requestAttributes(user, { target: pods, operation: { verb: "list", options } });
    expect(attributes).not.toHaveProperty("fieldSelector");
    expect(attributes).not.toHaveProperty("labelSelector");
  });
});
