import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf } from "#testing/kinds.ts";
import { clusterMetadataOf } from "#testing/metadata.ts";
import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  RuleWithOperations,
  ValidatingWebhookConfiguration,
  WebhookClientConfig,
} from "../../generated/admissionregistration-v1.ts";
import { mutatingWebhookConfiguration } from "./mutatingwebhookconfiguration.ts";
import { validatingWebhookConfiguration } from "./validatingwebhookconfiguration.ts";

const rule: RuleWithOperations = {
  operations: ["CREATE"],
  apiGroups: [""],
  apiVersions: ["v1"],
  resources: ["pods"],
};

function aWebhook(fields: Partial<MutatingWebhook> = {}): MutatingWebhook {
  return {
    name: "web.example.com",
    clientConfig: { service: { name: "hook", namespace: "default" } },
    rules: [rule],
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    ...fields,
  };
}

function mutating(...webhooks: readonly MutatingWebhook[]): MutatingWebhookConfiguration {
  const object: MutatingWebhookConfiguration = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: clusterMetadataOf("hooks"),
    webhooks,
  };
  return mutatingWebhookConfiguration.setDefaults?.(object) ?? object;
}

function validating(...webhooks: readonly MutatingWebhook[]): ValidatingWebhookConfiguration {
  const object: ValidatingWebhookConfiguration = {
    ...mutating(),
    kind: "ValidatingWebhookConfiguration",
    webhooks,
  };
  return validatingWebhookConfiguration.setDefaults?.(object) ?? object;
}

const errorsOf = (webhook: MutatingWebhook) =>
  errorTexts(mutatingWebhookConfiguration.validate?.(mutating(webhook)));
const bad = (value: string) => value as never;

describe("defaults of webhooks", () => {
  const common = {
    failurePolicy: "Fail",
    matchPolicy: "Equivalent",
    namespaceSelector: {},
    objectSelector: {},
    timeoutSeconds: 10,
    clientConfig: { service: { name: "hook", namespace: "default", port: 443 } },
    rules: [{ ...rule, scope: "*" }],
  };

  test("are the same for both kinds, save for the reinvocation", () => {
    expect(validating(aWebhook()).webhooks?.[0]).toMatchObject(common);
    expect(validating(aWebhook()).webhooks?.[0]).not.toHaveProperty("reinvocationPolicy");
    expect(mutating(aWebhook()).webhooks?.[0]).toMatchObject({ ...common, reinvocationPolicy: "Never" });
  });

  test("leave complete objects as they are", () => {
    const complete = mutating(aWebhook());
    expect(mutatingWebhookConfiguration.setDefaults?.(complete)).toBe(complete);
  });
});

describe("validation of webhooks", () => {
  test.each<{ name: string; webhook: Partial<MutatingWebhook>; want: string[] }>([
    { name: "the defaults", webhook: {}, want: [] },
    {
      name: "wrong choices",
      webhook: {
        name: "a.b",
        failurePolicy: bad("Panic"),
        matchPolicy: bad("Some"),
        sideEffects: "Some",
        timeoutSeconds: 31,
        reinvocationPolicy: bad("Always"),
      },
      want: [
        'name: Invalid value: "a.b": should be a domain with at least three segments separated by dots',
        'failurePolicy: Unsupported value: "Panic": supported values: "Fail", "Ignore"',
        'matchPolicy: Unsupported value: "Some": supported values: "Equivalent", "Exact"',
        'sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"',
        "timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds",
        'reinvocationPolicy: Unsupported value: "Always": supported values: "IfNeeded", "Never"',
      ],
    },
    {
      name: "nothing of what is required",
      webhook: { name: "", clientConfig: {}, rules: [{}], admissionReviewVersions: [] },
      want: [
        "name: Required value",
        "rules[0].operations: Required value",
        "rules[0].apiGroups: Required value",
        "rules[0].apiVersions: Required value",
        "rules[0].resources: Required value",
        "clientConfig: Required value: exactly one of url or service is required",
        "admissionReviewVersions: Required value: must specify one of v1, v1beta1",
      ],
    },
    {
      name: "bad selectors",
      webhook: { objectSelector: { matchExpressions: [{ key: "a", operator: bad("Like") }] } },
      want: [
        'objectSelector.matchExpressions[0].operator: Invalid value: "Like": not a valid selector operator',
      ],
    },
    {
      name: "odd versions of reviews",
      webhook: { admissionReviewVersions: ["v2", "v2", "V"] },
      want: [
        'admissionReviewVersions[1]: Invalid value: "v2": duplicate version',
        "admissionReviewVersions[2]: Invalid value: \"V\": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
        'admissionReviewVersions: Invalid value: ["v2","v2","V"]: must include at least one of v1, v1beta1',
      ],
    },
    {
      name: "bad conditions",
      webhook: {
        matchConditions: [
          { name: "", expression: " " },
          { name: "a", expression: "true" },
          { name: "a", expression: "false" },
        ],
      },
      want: [
        "matchConditions[0].expression: Required value",
        "matchConditions[0].name: Required value",
        'matchConditions[2].name: Duplicate value: "a"',
      ],
    },
    {
      name: "very many conditions",
      webhook: {
        matchConditions: Array.from({ length: 65 }, (_, i) => ({
          name: `c${String(i)}`,
          expression: "true",
        })),
      },
      want: ["matchConditions: Too many: 65: must have at most 64 items"],
    },
  ])("judges $name", ({ webhook, want }) => {
    expect(errorsOf(aWebhook(webhook))).toEqual(want.map((text) => `webhooks[0].${text}`));
  });

  test("names are given once", () => {
    expect(errorTexts(validatingWebhookConfiguration.validate?.(validating(aWebhook(), aWebhook())))).toEqual(
      ['webhooks[1].name: Duplicate value: "web.example.com"'],
    );
  });

  test("side effects are to be stated", () => {
    const { sideEffects: _, ...webhook } = aWebhook();
    expect(errorsOf(webhook)).toEqual([
      "webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun",
    ]);
  });
});

describe("validation of rules", () => {
  test.each<{ fields: RuleWithOperations; want: string[] }>([
    { fields: { operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: ["*/*"] }, want: [] },
    { fields: { resources: ["pods", "pods/status", "*/scale", "*"] }, want: [] },
    {
      fields: {
        operations: ["*", "CREATE", bad("READ")],
        apiGroups: ["*", "apps"],
        apiVersions: ["*", ""],
        scope: bad("Pod"),
      },
      want: [
        'operations: Invalid value: ["*","CREATE","READ"]: if \'*\' is present, must not specify other operations',
        'operations[2]: Unsupported value: "READ": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"',
        'apiGroups: Invalid value: ["*","apps"]: if \'*\' is present, must not specify other API groups',
        'apiVersions: Invalid value: ["*",""]: if \'*\' is present, must not specify other API versions',
        "apiVersions[1]: Required value",
        'scope: Unsupported value: "Pod": supported values: "*", "Cluster", "Namespaced"',
      ],
    },
    {
      fields: { resources: ["pods/*", "pods/status", "*/scale", "jobs/scale", ""] },
      want: [
        "resources[1]: Invalid value: \"pods/status\": if 'pods/*' is present, must not specify pods/status",
        "resources[3]: Invalid value: \"jobs/scale\": if '*/scale' is present, must not specify jobs/scale",
        "resources[4]: Required value",
      ],
    },
    {
      fields: { resources: ["*", "pods"] },
      want: [
        'resources: Invalid value: ["*","pods"]: if \'*\' is present, must not specify other resources without subresources',
      ],
    },
    {
      fields: { resources: ["*/*", "pods"] },
      want: [
        'resources: Invalid value: ["*/*","pods"]: if \'*/*\' is present, must not specify other resources',
      ],
    },
  ])("judges $fields", ({ fields, want }) => {
    const errors = errorsOf(aWebhook({ rules: [{ ...rule, ...fields }] }));
    expect(errors).toEqual(want.map((text) => `webhooks[0].rules[0].${text}`));
  });
});

describe("validation of clients", () => {
  const FORM = "; desired format: https://host[/path]";
  test.each<{ client: WebhookClientConfig; want: string[] }>([
    { client: { url: "https://[::1]:8443/hook" }, want: [] },
    {
      client: { url: "http://jane@/hook?a=b#c" },
      want: [
        `url: Invalid value: "http": 'https' is the only allowed URL scheme${FORM}`,
        `url: Invalid value: "": host must be specified${FORM}`,
        'url: Invalid value: "jane": user information is not permitted in the URL',
        'url: Invalid value: "c": fragments are not permitted in the URL',
        'url: Invalid value: "a=b": query parameters are not permitted in the URL',
      ],
    },
    {
      client: { url: "https://host:port" },
      want: [
        `url: Required value: url must be a valid URL: parse "https://host:port": invalid port ":port" after host${FORM}`,
      ],
    },
    {
      client: { url: ":\\" },
      want: [`url: Required value: url must be a valid URL: parse ":\\\\": missing protocol scheme${FORM}`],
    },
    {
      client: { url: "https://host\n" },
      want: [
        `url: Required value: url must be a valid URL: parse "https://host\\n": net/url: invalid control character in URL${FORM}`,
      ],
    },
    { client: { service: { name: "a", namespace: "b", path: "/v1/hook/" } }, want: [] },
    {
      client: { service: { name: "", namespace: "", path: "x//Y", port: 0 } },
      want: [
        "service.name: Required value",
        "service.namespace: Required value",
        "service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive",
        "service.path: Invalid value: \"x//Y\": must start with a '/'",
        'service.path: Invalid value: "x//Y": segment[0] may not be empty',
        'service.path: Invalid value: "x//Y": segment[1] may not be empty',
        "service.path: Invalid value: \"x//Y\": segment[2]: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      ],
    },
    { client: { service: { name: "", namespace: "b" } }, want: ["service.namespace: Required value"] },
    {
      client: { service: { name: "a", namespace: "b", path: "//" } },
      want: ['service.path: Invalid value: "//": segment[0] may not be empty'],
    },
  ])("judges $client", ({ client, want }) => {
    const errors = errorsOf(aWebhook({ clientConfig: client }));
    expect(errors).toEqual(want.map((text) => `webhooks[0].clientConfig.${text}`));
  });
});

test("updates let pass what was wrong before", () => {
  const wrong = aWebhook({
    sideEffects: "Some",
    admissionReviewVersions: ["v2"],
    matchConditions: [{ name: "", expression: "" }],
    objectSelector: { matchExpressions: [{ key: "a", operator: "In", values: ["-"] }] },
  });
  const old = mutating(wrong, wrong);
  expect(errorTexts(mutatingWebhookConfiguration.validateUpdate?.(old, old))).toEqual([]);
  expect(errorTexts(mutatingWebhookConfiguration.validateUpdate?.(old, mutating()))).toHaveLength(11);
});

test("reserved names are warned of", () => {
  const object = { ...mutating(), metadata: clusterMetadataOf("a.static.k8s.io") };
  expect(mutatingWebhookConfiguration.warnings?.(object, undefined)).toEqual([
    'metadata.name: names ending with ".static.k8s.io" are reserved for static manifest-based configurations and cannot be managed via the API',
  ]);
  expect(mutatingWebhookConfiguration.warnings?.(mutating(), undefined)).toEqual([]);
});

test("tables count webhooks", () => {
  expect(rowOf(mutatingWebhookConfiguration, mutating(aWebhook()))).toMatchObject({ Webhooks: 1 });
  expect(rowOf(validatingWebhookConfiguration, validating())).toMatchObject({ Webhooks: 0 });
});
