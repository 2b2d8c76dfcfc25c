import { describe, expect, test } from "bun:test";
import type { AuthorizationAttributes } from "../authorizer.ts";
import { accessReview, reviewSpec, reviewStatus } from "./access-review.ts";

const nobody = { name: "", groups: [] };
const jane = { name: "jane", uid: "1", groups: ["group1", "group2"], extra: { team: ["a"] } };
const list: AuthorizationAttributes = {
  type: "resource",
  user: { name: "jane", groups: [] },
  verb: "list",
  group: "",
  version: "v1",
  resource: "pods",
  subresource: "",
  namespace: "",
  name: "",
};
const asked = { verb: "list", version: "v1", resource: "pods" };

describe("reviewSpec", () => {
  const cases: { name: string; attributes: AuthorizationAttributes; spec: object }[] = [
    {
      name: "nothing is empty",
      attributes: { type: "nonResource", user: nobody, verb: "", path: "" },
      spec: { nonResourceAttributes: {} },
    },
    {
      name: "a path",
      attributes: { type: "nonResource", user: jane, verb: "get", path: "/metrics" },
      spec: {
        nonResourceAttributes: { path: "/metrics", verb: "get" },
        user: "jane",
        uid: "1",
        groups: ["group1", "group2"],
        extra: { team: ["a"] },
      },
    },
    {
      name: "a subresource of one object",
      attributes: {
        ...list,
        verb: "get",
        group: "group3",
        version: "v7beta3",
        subresource: "proxy",
        namespace: "kittensandponies",
        name: "my-pod",
      },
      spec: {
        resourceAttributes: {
          namespace: "kittensandponies",
          verb: "get",
          group: "group3",
          version: "v7beta3",
          resource: "pods",
          subresource: "proxy",
          name: "my-pod",
        },
        user: "jane",
      },
    },
    {
      name: "what selectors limit a list to",
      attributes: {
        ...list,
        fieldSelector: [
          { field: "spec.nodeName", operator: "=", value: "n1" },
          { field: "status.phase", operator: "!=", value: "Failed" },
        ],
        labelSelector: [
          { key: "a", operator: "=", values: ["1"] },
          { key: "b", operator: "notin", values: ["2", "3"] },
          { key: "c", operator: "exists", values: [] },
          { key: "d", operator: "!", values: [] },
          { key: "e", operator: "gt", values: ["5"] },
        ],
      },
      spec: {
        resourceAttributes: {
          ...asked,
          fieldSelector: {
            requirements: [
              { key: "spec.nodeName", operator: "In", values: ["n1"] },
              { key: "status.phase", operator: "NotIn", values: ["Failed"] },
            ],
          },
          labelSelector: {
            requirements: [
              { key: "a", operator: "In", values: ["1"] },
              { key: "b", operator: "NotIn", values: ["2", "3"] },
              { key: "c", operator: "Exists" },
              { key: "d", operator: "DoesNotExist" },
            ],
          },
        },
        user: "jane",
      },
    },
    {
      name: "only selectors that reviews cannot tell",
      attributes: { ...list, labelSelector: [{ key: "e", operator: "lt", values: ["5"] }] },
      spec: { resourceAttributes: asked, user: "jane" },
    },
  ];
  test.each(cases)("$name", ({ attributes, spec }) => {
    expect(reviewSpec(attributes)).toEqual(spec);
  });
});

describe("accessReview", () => {
  test.each([
    ["v1", { user: "jane", groups: ["a"] }],
    ["v1beta1", { user: "jane", group: ["a"] }],
  ] as const)("of %s", (version, spec) => {
    expect(accessReview({ user: "jane", groups: ["a"] }, version)).toEqual({
      kind: "SubjectAccessReview",
      apiVersion: `authorization.k8s.io/${version}`,
      metadata: {},
      spec,
      status: { allowed: false },
    });
  });
});

describe("reviewStatus", () => {
  test.each([
    [{ status: { allowed: true, reason: "r" } }, { allowed: true, reason: "r" }],
    [{ status: { denied: true } }, { allowed: false, denied: true }],
    [{ kind: "SubjectAccessReview" }, { allowed: false }],
  ])("of %j", (answer, status) => {
    expect(reviewStatus(answer, "v1")).toEqual(status);
  });

  test("an answer of another version is none", () => {
    const answer = { kind: "SubjectAccessReview", apiVersion: "authorization.k8s.io/v1beta1" };
    expect(() => reviewStatus(answer, "v1")).toThrow(
      "expected authorization.k8s.io/v1 SubjectAccessReview, got authorization.k8s.io/v1beta1 SubjectAccessReview",
    );
  });
});
