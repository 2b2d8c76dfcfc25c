import { describe, expect, test } from "bun:test";
import type {
  FlowSchemaSpec,
  NonResourcePolicyRule,
  ResourcePolicyRule,
  Subject,
} from "#api/generated/flowcontrol-v1.ts";
import { parseRequestInfo } from "../front/request-info.ts";
import { distinguisherOf, matchesFlowSchema } from "./match-flow-schema.ts";
import type { RequestDigest } from "./request-digest.ts";

function aDigest(
  request: string,
  name = "alice",
  groups: readonly string[] = ["team", "all"],
): RequestDigest {
  const [method = "", url = ""] = request.split(" ");
  const { pathname, searchParams } = new URL(url, "https://host");
  const info = parseRequestInfo(method, pathname, searchParams);
  if (info === undefined) throw new TypeError("No possible path");
  return { info, user: { name, groups } };
}

const user = (name: string): Subject => ({ kind: "User", user: { name } });
const group = (name: string): Subject => ({ kind: "Group", group: { name } });
const account = (namespace: string, name: string): Subject => ({
  kind: "ServiceAccount",
  serviceAccount: { namespace, name },
});

const anyResource: ResourcePolicyRule = {
  verbs: ["*"],
  apiGroups: ["*"],
  resources: ["*"],
  namespaces: ["*"],
  clusterScope: true,
};

function matches(digest: RequestDigest, rules: FlowSchemaSpec["rules"]): boolean {
  return matchesFlowSchema(digest, {
    spec: { priorityLevelConfiguration: { name: "a" }, matchingPrecedence: 1, ...(rules && { rules }) },
  });
}

describe("matchesFlowSchema", () => {
  const subjects: { subject: Subject; name?: string; want: boolean }[] = [
    { subject: user("alice"), want: true },
    { subject: user("bob"), want: false },
    { subject: user("*"), want: true },
    { subject: group("team"), want: true },
    { subject: group("others"), want: false },
    { subject: group("*"), want: true },
    { subject: { kind: "Group" }, want: false },
    { subject: account("a", "b"), name: "system:serviceaccount:a:b", want: true },
    { subject: account("a", "*"), name: "system:serviceaccount:a:c", want: true },
    { subject: account("a", "*"), name: "system:serviceaccount:ab:c", want: false },
    { subject: account("a", "b"), name: "system:serviceaccount:a:c", want: false },
    { subject: { kind: "Robot" }, want: false },
  ];
  test.each(subjects)("$subject of $name: $want", ({ subject, name, want }) => {
    const digest = aDigest("GET /api/v1/pods", name);
    expect(matches(digest, [{ subjects: [subject], resourceRules: [anyResource] }])).toBe(want);
  });

  const resources: { request: string; rule: Partial<ResourcePolicyRule>; want: boolean }[] = [
    { request: "GET /api/v1/pods", rule: { verbs: ["list"] }, want: true },
    { request: "GET /api/v1/pods", rule: { verbs: ["get"] }, want: false },
    { request: "GET /apis/apps/v1/deployments", rule: { apiGroups: ["apps"] }, want: true },
    { request: "GET /apis/apps/v1/deployments", rule: { apiGroups: [""] }, want: false },
    { request: "GET /api/v1/pods", rule: { resources: ["pods"] }, want: true },
    { request: "PUT /api/v1/namespaces/a/pods/b/status", rule: { resources: ["pods"] }, want: false },
    { request: "PUT /api/v1/namespaces/a/pods/b/status", rule: { resources: ["pods/status"] }, want: true },
    { request: "GET /api/v1/pods", rule: { clusterScope: false }, want: false },
    { request: "GET /api/v1/namespaces/a/pods", rule: { clusterScope: false }, want: true },
    { request: "GET /api/v1/namespaces/a/pods", rule: { namespaces: ["a"] }, want: true },
    { request: "GET /api/v1/namespaces/a/pods", rule: { namespaces: ["b"] }, want: false },
    { request: "GET /api/v1/namespaces/a", rule: { namespaces: ["a"], clusterScope: false }, want: true },
  ];
  test.each(resources)("$rule of $request: $want", ({ request, rule, want }) => {
    const rules = [{ subjects: [user("*")], resourceRules: [{ ...anyResource, ...rule }] }];
    expect(matches(aDigest(request), rules)).toBe(want);
  });

  const paths: { request: string; rule: Partial<NonResourcePolicyRule>; want: boolean }[] = [
    { request: "GET /healthz", rule: { nonResourceURLs: ["/healthz"] }, want: true },
    { request: "GET /healthz/etcd", rule: { nonResourceURLs: ["/healthz"] }, want: true },
    { request: "GET /healthzz", rule: { nonResourceURLs: ["/healthz"] }, want: false },
    { request: "GET /openapi/v3", rule: { nonResourceURLs: ["/openapi/*"] }, want: true },
    { request: "GET /version", rule: { nonResourceURLs: ["*"] }, want: true },
    { request: "POST /version", rule: { verbs: ["get"] }, want: false },
  ];
  test.each(paths)("$rule of $request: $want", ({ request, rule, want }) => {
    const nonResourceRules = [{ verbs: ["*"], nonResourceURLs: ["*"], ...rule }];
    expect(matches(aDigest(request), [{ subjects: [user("*")], nonResourceRules }])).toBe(want);
  });

  test("holds rules for resources and for paths apart, and needs one rule to match", () => {
    const forPaths = { subjects: [user("*")], nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }] };
    const forResources = { subjects: [user("*")], resourceRules: [anyResource] };
    expect(matches(aDigest("GET /api/v1/pods"), [forPaths])).toBe(false);
    expect(matches(aDigest("GET /version"), [forResources])).toBe(false);
    expect(matches(aDigest("GET /version"), [forResources, forPaths])).toBe(true);
    expect(matches(aDigest("GET /version"), undefined)).toBe(false);
  });
});

test.each([
  { method: undefined, request: "GET /api/v1/namespaces/a/pods", want: "" },
  { method: "ByUser", request: "GET /api/v1/namespaces/a/pods", want: "alice" },
  { method: "ByNamespace", request: "GET /api/v1/namespaces/a/pods", want: "a" },
  { method: "ByNamespace", request: "GET /version", want: "" },
])("distinguisherOf $request $method is $want", ({ method, request, want }) => {
  const spec = {
    priorityLevelConfiguration: { name: "a" },
    matchingPrecedence: 1,
    ...(method !== undefined && { distinguisherMethod: { type: method } }),
  };
  expect(distinguisherOf(aDigest(request), { spec })).toBe(want);
});
