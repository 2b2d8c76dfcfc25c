import { describe, expect, test } from "bun:test";
import { parseAuthorizers } from "./parse-authorizers.ts";

const FILE = import.meta.path;
const WEBHOOK = {
  timeout: "5s",
  failurePolicy: "NoOpinion",
  subjectAccessReviewVersion: "v1",
  matchConditionSubjectAccessReviewVersion: "v1",
  connectionInfo: { type: "KubeConfigFile", kubeConfigFile: FILE },
};
const RBAC = { type: "RBAC", name: "rbac" };

function document(authorizers: readonly object[], version = "v1"): string {
  return JSON.stringify({
    apiVersion: `apiserver.config.k8s.io/${version}`,
    kind: "AuthorizationConfiguration",
    authorizers,
  });
}

function aWebhook(changes: object = {}): object {
  return { type: "Webhook", name: "w", webhook: { ...WEBHOOK, ...changes } };
}

describe("parseAuthorizers", () => {
  test.each(["v1", "v1beta1", "v1alpha1"])("reads %s", (version) => {
    expect(parseAuthorizers(document([{ type: "Node", name: "node" }, RBAC], version))).toEqual([
      { type: "Node", name: "node" },
      RBAC,
    ] as never);
  });

  const conditions = [{ expression: "request.user == 'jane'" }];
  test.each([
    [{}, { authorizedTtlMs: 300_000, unauthorizedTtlMs: 30_000, matchConditions: [] }],
    [
      { authorizedTTL: "1m", unauthorizedTTL: "2m" },
      { authorizedTtlMs: 60_000, unauthorizedTtlMs: 120_000 },
    ],
    [
      { cacheAuthorizedRequests: false, cacheUnauthorizedRequests: false },
      { authorizedTtlMs: 0, unauthorizedTtlMs: 0 },
    ],
    [{ failurePolicy: "Deny" }, { failurePolicy: "Deny" }],
    [{ matchConditions: conditions }, { matchConditions: ["request.user == 'jane'"] }],
  ])("a webhook that says %j", (changes, expected) => {
    const [authorizer] = parseAuthorizers(document([aWebhook(changes)]));
    const webhook = { timeoutMs: 5000, kubeConfigFile: FILE, subjectAccessReviewVersion: "v1", ...expected };
    expect(authorizer as unknown).toMatchObject({ type: "Webhook", name: "w", webhook });
  });

  const at = "authorizers[0]";
  const supported = '"ABAC", "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"';
  const cases: { name: string; authorizers: object[]; problem: string }[] = [
    {
      name: "nobody",
      authorizers: [],
      problem: "authorizers: Required value: at least one authorization mode must be defined",
    },
    { name: "no type", authorizers: [{}], problem: `${at}.type: Required value` },
    {
      name: "an unknown type",
      authorizers: [{ type: "Foo", name: "foo" }],
      problem: `${at}.type: Unsupported value: "Foo": supported values: ${supported}`,
    },
    {
      name: "the same type twice",
      authorizers: [RBAC, { ...RBAC, name: "again" }],
      problem: 'authorizers[1].type: Duplicate value: "RBAC"',
    },
    { name: "no name", authorizers: [{ type: "RBAC" }], problem: `${at}.name: Required value` },
    {
      name: "the same name twice",
      authorizers: [aWebhook(), aWebhook()],
      problem: 'authorizers[1].name: Duplicate value: "w"',
    },
    {
      name: "a name that is none",
      authorizers: [{ ...aWebhook(), name: "FOO.example.domain" }],
      problem: `${at}.name: Invalid value: "FOO.example.domain": authorizer name is invalid: a lowercase RFC 1123 subdomain`,
    },
    {
      name: "a webhook that says nothing",
      authorizers: [{ type: "Webhook", name: "w" }],
      problem: `${at}.webhook: Required value: required when type=Webhook`,
    },
    {
      name: "a webhook where none is asked",
      authorizers: [{ ...RBAC, webhook: {} }],
      problem: `${at}.webhook: Invalid value: "non-null": may only be specified when type=Webhook`,
    },
    {
      name: "no timeout",
      authorizers: [aWebhook({ timeout: "0s" })],
      problem: `${at}.timeout: Required value`,
    },
    ...["60s", "-30s"].map((timeout) => ({
      name: `a timeout of ${timeout}`,
      authorizers: [aWebhook({ timeout })],
      problem: `${at}.timeout: Invalid value: "${timeout === "60s" ? "1m0s" : timeout}": must be > 0s and <= 30s`,
    })),
    ...["authorizedTTL", "unauthorizedTTL"].map((field) => ({
      name: `a negative ${field}`,
      authorizers: [aWebhook({ [field]: "-30s" })],
      problem: `${at}.${field}: Invalid value: "-30s": must be > 0s`,
    })),
    {
      name: "no version of reviews",
      authorizers: [aWebhook({ subjectAccessReviewVersion: "" })],
      problem: `${at}.subjectAccessReviewVersion: Required value`,
    },
    {
      name: "an unknown version of reviews",
      authorizers: [aWebhook({ subjectAccessReviewVersion: "v2beta1" })],
      problem: `${at}.subjectAccessReviewVersion: Unsupported value: "v2beta1": supported values: "v1", "v1beta1"`,
    },
    {
      name: "conditions about no version",
      authorizers: [aWebhook({ matchConditions: conditions, matchConditionSubjectAccessReviewVersion: "" })],
      problem: `${at}.matchConditionSubjectAccessReviewVersion: Required value: required if match conditions are specified`,
    },
    {
      name: "conditions about another version",
      authorizers: [aWebhook({ matchConditionSubjectAccessReviewVersion: "v1beta1" })],
      problem: `${at}.matchConditionSubjectAccessReviewVersion: Unsupported value: "v1beta1": supported values: "v1"`,
    },
    {
      name: "no failure policy",
      authorizers: [aWebhook({ failurePolicy: "" })],
      problem: `${at}.failurePolicy: Required value`,
    },
    {
      name: "an unknown failure policy",
      authorizers: [aWebhook({ failurePolicy: "AlwaysAllow" })],
      problem: `${at}.failurePolicy: Unsupported value: "AlwaysAllow": supported values: "NoOpinion", "Deny"`,
    },
    {
      name: "no connection",
      authorizers: [aWebhook({ connectionInfo: {} })],
      problem: `${at}.connectionInfo.type: Required value`,
    },
    {
      name: "an unknown connection",
      authorizers: [aWebhook({ connectionInfo: { type: "ExternalClusterConfig" } })],
      problem: `${at}.connectionInfo.type: Unsupported value: {"Type":"ExternalClusterConfig","KubeConfigFile":null}: supported values: "InClusterConfig", "KubeConfigFile"`,
    },
    {
      name: "itself as webhook",
      authorizers: [aWebhook({ connectionInfo: { type: "InClusterConfig" } })],
      problem: `${at}.connectionInfo.type: Invalid value: "InClusterConfig": not allowed for kube-apiserver`,
    },
    {
      name: "a file that is not asked for",
      authorizers: [aWebhook({ connectionInfo: { type: "InClusterConfig", kubeConfigFile: "" } })],
      problem: `${at}.connectionInfo.kubeConfigFile: Invalid value: "": can only be set when type=KubeConfigFile`,
    },
    {
      name: "no file",
      authorizers: [aWebhook({ connectionInfo: { type: "KubeConfigFile" } })],
      problem: `${at}.connectionInfo.kubeConfigFile: Required value`,
    },
    {
      name: "a relative file",
      authorizers: [
        aWebhook({ connectionInfo: { type: "KubeConfigFile", kubeConfigFile: "../kubeconfig" } }),
      ],
      problem: `${at}.connectionInfo.kubeConfigFile: Invalid value: "../kubeconfig": must be an absolute path`,
    },
    {
      name: "a file that is none",
      authorizers: [aWebhook({ connectionInfo: { type: "KubeConfigFile", kubeConfigFile: "/" } })],
      problem: `${at}.connectionInfo.kubeConfigFile: Invalid value: "/": must be a regular file`,
    },
    {
      name: "a file that is not there",
      authorizers: [aWebhook({ connectionInfo: { type: "KubeConfigFile", kubeConfigFile: "/no/such" } })],
      problem: `${at}.connectionInfo.kubeConfigFile: Invalid value: "/no/such": error loading file: `,
    },
    {
      name: "a condition that is no boolean",
      authorizers: [aWebhook({ matchConditions: [{ expression: "request.user" }] })],
      problem: `${at}.matchConditions[0].expression: Invalid value: "request.user": must evaluate to bool but got string`,
    },
    {
      name: "another name than that of the type",
      authorizers: [{ type: "RBAC", name: "roles" }],
      problem: "expected name rbac for authorizer RBAC instead of roles",
    },
    {
      name: "an unknown field",
      authorizers: [{ ...RBAC, nmae: "x" }],
      problem:
        'failed to load AuthorizationConfiguration from file: strict decoding error: unknown field "authorizers[0].nmae"',
    },
  ];
  test.each(cases)("refuses $name", ({ authorizers, problem }) => {
    const parsed = parseAuthorizers(document(authorizers));
    expect(typeof parsed === "string" ? parsed : "nothing").toStartWith(problem);
  });

  test.each([
    ["", "authorizers: Required value: at least one authorization mode must be defined"],
    ["authorizers: []", "failed to load AuthorizationConfiguration from file: Object 'Kind' is missing"],
  ])("refuses %j", (text, problem) => {
    expect(parseAuthorizers(text)).toBe(problem);
  });

  test("refuses to do without what has been there at the start", () => {
    expect(parseAuthorizers(document([aWebhook()]), ["RBAC", "Node"])).toBe(
      "missing required types: [Node RBAC]",
    );
  });
});
