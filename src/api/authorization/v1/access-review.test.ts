import { describe, expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import type {
  LocalSubjectAccessReview,
  ResourceAttributes,
  SelfSubjectAccessReview,
  SubjectAccessReview,
  SubjectAccessReviewSpec,
} from "../../generated/authorization-v1.ts";
import { localSubjectAccessReview } from "./localsubjectaccessreview.ts";
import { selfSubjectAccessReview } from "./selfsubjectaccessreview.ts";
import { subjectAccessReview } from "./subjectaccessreview.ts";

/** As decoding makes it of a request that leaves metadata out. */
const noMetadata = { name: "", uid: "" };
const pods: ResourceAttributes = { verb: "list", resource: "pods", namespace: "default" };

function aReview(spec: SubjectAccessReviewSpec): SubjectAccessReview {
  return { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", metadata: noMetadata, spec };
}

describe("subjectAccessReview.validate", () => {
  test.each<{ name: string; spec: SubjectAccessReviewSpec; want: string[] }>([
    { name: "a user and a resource", spec: { user: "jane", resourceAttributes: pods }, want: [] },
    { name: "a group and a URL", spec: { groups: ["ops"], nonResourceAttributes: { path: "/" } }, want: [] },
    {
      name: "nobody and nothing",
      spec: {},
      want: [
        "spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified",
        'spec.user: Invalid value: "": at least one of user or group must be specified',
      ],
    },
    {
      name: "a resource and a URL",
      spec: { user: "jane", resourceAttributes: pods, nonResourceAttributes: { path: "/" } },
      want: [
        'spec.nonResourceAttributes: Invalid value: {"Path":"/","Verb":""}: cannot be specified in combination with resourceAttributes',
      ],
    },
    {
      name: "selectors in both forms and in none",
      spec: {
        user: "jane",
        resourceAttributes: {
          ...pods,
          fieldSelector: { rawSelector: "a=b", requirements: [{ key: "a", operator: "Near" }] },
          labelSelector: {},
        },
      },
      want: [
        'spec.resourceAttributes.fieldSelector.rawSelector: Invalid value: "a=b": may not specified at the same time as requirements',
        "spec.resourceAttributes.labelSelector.requirements: Required value: when spec.resourceAttributes.labelSelector is specified, requirements or rawSelector is required",
      ],
    },
    {
      name: "requirements without key and values",
      spec: {
        user: "jane",
        resourceAttributes: {
          ...pods,
          fieldSelector: {
            requirements: [
              { key: "", operator: "In" },
              { key: "a", operator: "Exists", values: ["b"] },
            ],
          },
          labelSelector: {
            requirements: [
              { key: "a", operator: "NotIn" },
              { key: "a", operator: "Near" },
            ],
          },
        },
      },
      want: [
        "spec.resourceAttributes.fieldSelector.requirements[0].key: Required value: must be specified",
        "spec.resourceAttributes.fieldSelector.requirements[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
        "spec.resourceAttributes.fieldSelector.requirements[1].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        "spec.resourceAttributes.labelSelector.requirements[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      ],
    },
  ])("judges $name", ({ spec, want }) => {
    expect(errorTexts(subjectAccessReview.validate?.(aReview(spec)))).toEqual(want);
  });

  test("wants no metadata", () => {
    const review = {
      ...aReview({ user: "jane", resourceAttributes: pods }),
      metadata: { name: "a", uid: "" },
    };
    expect(errorTexts(subjectAccessReview.validate?.(review))).toEqual([
      'metadata: Invalid value: {"name":"a","uid":""}: must be empty',
    ]);
  });
});

test("selfSubjectAccessReview.validate needs no user", () => {
  const review: SelfSubjectAccessReview = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    metadata: { ...noMetadata, managedFields: [{ manager: "kubectl" }] },
    spec: { resourceAttributes: pods },
  };
  expect(selfSubjectAccessReview.validate?.(review)).toEqual([]);
  expect(selfSubjectAccessReview.validate?.({ ...review, spec: {} })).toHaveLength(1);
});

test("localSubjectAccessReview.validate keeps to its namespace", () => {
  const review = (namespace: string, spec: SubjectAccessReviewSpec): LocalSubjectAccessReview => ({
    apiVersion: "authorization.k8s.io/v1",
    kind: "LocalSubjectAccessReview",
    metadata: { ...noMetadata, namespace },
    spec: { user: "jane", ...spec },
  });
  expect(localSubjectAccessReview.validate?.(review("default", { resourceAttributes: pods }))).toEqual([]);
  expect(
    errorTexts(localSubjectAccessReview.validate?.(review("other", { resourceAttributes: pods }))),
  ).toEqual(['spec.resourceAttributes.namespace: Invalid value: "default": must match metadata.namespace']);
  expect(
    errorTexts(localSubjectAccessReview.validate?.(review("a", { nonResourceAttributes: { path: "/" } }))),
  ).toEqual([
    'spec.nonResourceAttributes: Invalid value: {"Path":"/","Verb":""}: disallowed on this kind of request',
  ]);
});
