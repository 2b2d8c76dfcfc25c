import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf } from "#testing/kinds.ts";
import { clusterMetadataOf } from "#testing/metadata.ts";
import type {
  MatchResources,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  MutatingAdmissionPolicyBindingSpec,
  MutatingAdmissionPolicySpec,
  ParamKind,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicyBindingSpec,
  ValidatingAdmissionPolicySpec,
} from "../../generated/admissionregistration-v1.ts";
import { mutatingAdmissionPolicy } from "./mutatingadmissionpolicy.ts";
import { mutatingAdmissionPolicyBinding } from "./mutatingadmissionpolicybinding.ts";
import { validatingAdmissionPolicy } from "./validatingadmissionpolicy.ts";
import { validatingAdmissionPolicyBinding } from "./validatingadmissionpolicybinding.ts";

const matchConstraints: MatchResources = {
  resourceRules: [{ operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] }],
};
const metadata = clusterMetadataOf("small-pods");
const NAME_PART =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const bad = (value: string) => value as never;

function validating(spec: ValidatingAdmissionPolicySpec = {}): ValidatingAdmissionPolicy {
  const object: ValidatingAdmissionPolicy = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata,
    spec: { matchConstraints, validations: [{ expression: "true" }], ...spec },
  };
  return validatingAdmissionPolicy.setDefaults?.(object) ?? object;
}

function mutating(spec: MutatingAdmissionPolicySpec = {}): MutatingAdmissionPolicy {
  const object: MutatingAdmissionPolicy = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingAdmissionPolicy",
    metadata,
    spec: {
      matchConstraints,
      mutations: [{ patchType: "JSONPatch", jsonPatch: { expression: "[]" } }],
      reinvocationPolicy: "Never",
      ...spec,
    },
  };
  return mutatingAdmissionPolicy.setDefaults?.(object) ?? object;
}

function validatingBinding(
  spec: ValidatingAdmissionPolicyBindingSpec = {},
): ValidatingAdmissionPolicyBinding {
  const object: ValidatingAdmissionPolicyBinding = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata,
    spec: { policyName: "small-pods", validationActions: ["Deny"], ...spec },
  };
  return validatingAdmissionPolicyBinding.setDefaults?.(object) ?? object;
}

function mutatingBinding(spec: MutatingAdmissionPolicyBindingSpec = {}): MutatingAdmissionPolicyBinding {
  const object: MutatingAdmissionPolicyBinding = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingAdmissionPolicyBinding",
    metadata,
    spec: { policyName: "small-pods", ...spec },
  };
  return mutatingAdmissionPolicyBinding.setDefaults?.(object) ?? object;
}

test("policies fail closed and match equivalent requests by default", () => {
  const filled = {
    matchPolicy: "Equivalent",
    namespaceSelector: {},
    objectSelector: {},
    resourceRules: [{ scope: "*" }],
  };
  for (const { spec } of [validating(), mutating()]) {
    expect(spec).toMatchObject({ failurePolicy: "Fail", matchConstraints: filled });
  }
  for (const { spec } of [
    validatingBinding({ matchResources: matchConstraints }),
    mutatingBinding({ matchResources: matchConstraints }),
  ]) {
    expect(spec).toMatchObject({ matchResources: filled });
  }
  const excluding = { excludeResourceRules: matchConstraints.resourceRules ?? [] };
  expect(mutatingBinding({ matchResources: excluding }).spec).toMatchObject({
    matchResources: { excludeResourceRules: [{ scope: "*" }] },
  });
});

describe("validatingAdmissionPolicy.validate", () => {
  test.each<{ name: string; spec: ValidatingAdmissionPolicySpec; want: string[] }>([
    { name: "a policy", spec: {}, want: [] },
    {
      name: "audit annotations alone",
      spec: { validations: [], auditAnnotations: [{ key: "size", valueExpression: "'x'" }] },
      want: [],
    },
    {
      name: "an empty policy",
      spec: { failurePolicy: bad("Panic"), matchConstraints: {}, validations: [] },
      want: [
        'spec.failurePolicy: Unsupported value: "Panic": supported values: "Fail", "Ignore"',
        "spec.matchConstraints.resourceRules: Required value",
        "spec.validations: Required value: validations or auditAnnotations must contain at least one item",
        "spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item",
      ],
    },
    {
      name: "bad rules and conditions",
      spec: {
        matchConstraints: {
          matchPolicy: bad("Some"),
          namespaceSelector: { matchLabels: { "": "" } },
          resourceRules: [{ ...matchConstraints.resourceRules?.[0], resourceNames: ["a/b", "c", "c"] }],
        },
        matchConditions: [{ name: "a b", expression: "" }],
      },
      want: [
        'spec.matchConstraints.matchPolicy: Unsupported value: "Some": supported values: "Equivalent", "Exact"',
        'spec.matchConstraints.namespaceSelector.matchLabels: Invalid value: "": name part must be non-empty',
        "spec.matchConstraints.namespaceSelector.matchLabels: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
        "spec.matchConstraints.resourceRules[0].resourceNames[0]: Invalid value: \"a/b\": may not contain '/'",
        'spec.matchConstraints.resourceRules[0].resourceNames[2]: Duplicate value: "c"',
        "spec.matchConditions[0].expression: Required value",
        "spec.matchConditions[0].name: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ],
    },
    {
      name: "bad variables and validations",
      spec: {
        variables: [
          { name: " ", expression: " " },
          { name: "for", expression: "1" },
          { name: "_a1", expression: "1" },
        ],
        validations: [
          {
            expression: "",
            message: " ",
            messageExpression: " ",
            reason: "Conflict",
          },
          { expression: "true", message: "two\nlines" },
        ],
      },
      want: [
        "spec.variables[0].name: Required value: name is not specified",
        "spec.variables[0].expression: Required value: expression is not specified",
        'spec.variables[1].name: Invalid value: "for": must be a valid CEL identifier',
        "spec.validations[0].expression: Required value: expression is not specified",
        'spec.validations[0].messageExpression: Invalid value: " ": must be non-empty if specified',
        'spec.validations[0].message: Invalid value: " ": must be non-empty if specified',
        'spec.validations[0].reason: Unsupported value: "Conflict": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
        'spec.validations[1].message: Invalid value: "two\\nlines": must not contain line breaks',
      ],
    },
    {
      name: "bad audit annotations",
      spec: {
        auditAnnotations: [
          { key: "a", valueExpression: "" },
          { key: "a", valueExpression: "x".repeat(5121) },
          { key: "a/b", valueExpression: "1" },
        ],
      },
      want: [
        "spec.auditAnnotations[0].valueExpression: Required value: valueExpression is not specified",
        "spec.auditAnnotations[1].valueExpression: Required value: must not exceed 5120 bytes in length",
        'spec.auditAnnotations[1].key: Duplicate value: "a"',
        "spec.auditAnnotations[2].key: Invalid value: \"small-pods/a/b\": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
      ],
    },
  ])("judges $name", ({ spec, want }) => {
    expect(errorTexts(validatingAdmissionPolicy.validate?.(validating(spec)))).toEqual(want);
  });

  test("has at most 20 audit annotations", () => {
    const auditAnnotations = Array.from({ length: 21 }, (_, i) => ({
      key: `k${String(i)}`,
      valueExpression: "'x'",
    }));
    const printed = auditAnnotations.map(({ key }) => ({ Key: key, ValueExpression: "'x'" }));
    expect(errorTexts(validatingAdmissionPolicy.validate?.(validating({ auditAnnotations })))).toEqual([
      `spec.auditAnnotations: Invalid value: ${JSON.stringify(printed)}: must not have more than 20 auditAnnotations`,
    ]);
  });

  test.each<{ paramKind: ParamKind; want: string[] }>([
    { paramKind: { apiVersion: "example.com/v1", kind: "Limit" }, want: [] },
    { paramKind: { apiVersion: "v1", kind: "ConfigMap" }, want: [] },
    { paramKind: {}, want: ["apiVersion: Required value", "kind: Required value"] },
    {
      paramKind: { apiVersion: "a/b/c", kind: "_" },
      want: [
        'apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
        "kind: Invalid value: \"_\": may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
      ],
    },
    {
      paramKind: { apiVersion: "A/", kind: "A" },
      want: [
        "apiVersion: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        'apiVersion: Invalid value: "A/": version must be specified',
      ],
    },
  ])("judges $paramKind", ({ paramKind, want }) => {
    const errors = errorTexts(validatingAdmissionPolicy.validate?.(validating({ paramKind })));
    expect(errors).toEqual(want.map((text) => `spec.paramKind.${text}`));
  });
});

test("conditions that an update does not touch are let pass", () => {
  const matchConditions = [{ name: "", expression: "" }];
  const old = validating({ matchConditions });
  expect(errorTexts(validatingAdmissionPolicy.validateUpdate?.(old, old))).toEqual([]);
  const changed = validating({ matchConditions, paramKind: { apiVersion: "v1", kind: "ConfigMap" } });
  expect(validatingAdmissionPolicy.validateUpdate?.(changed, old)).toHaveLength(2);
  const mutatingOld = mutating({ matchConditions });
  expect(errorTexts(mutatingAdmissionPolicy.validateUpdate?.(mutatingOld, mutatingOld))).toEqual([]);
  expect(mutatingAdmissionPolicy.validateUpdate?.(mutatingOld, mutating())).toHaveLength(2);
});

test("the status says what is wrong where", () => {
  const next: ValidatingAdmissionPolicy = {
    ...validating(),
    status: {
      typeChecking: { expressionWarnings: [{ warning: "", fieldRef: " " }] },
      conditions: [
        { type: "", status: "True", reason: "R", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" },
      ],
    },
  };
  expect(errorTexts(validatingAdmissionPolicy.validateStatusUpdate?.(next, validating()))).toEqual([
    "status.typeChecking.expressionWarnings[0].warning: Required value",
    "status.typeChecking.expressionWarnings[0].fieldRef: Required value",
    'status.conditions[0].type: Invalid value: "": name part must be non-empty',
    `status.conditions[0].type: Invalid value: "": ${NAME_PART}`,
  ]);
});

describe("mutatingAdmissionPolicy.validate", () => {
  test.each<{ name: string; spec: MutatingAdmissionPolicySpec; want: string[] }>([
    { name: "a policy", spec: {}, want: [] },
    {
      name: "an empty policy for deletions",
      spec: {
        matchConstraints: {
          resourceRules: [{ ...matchConstraints.resourceRules?.[0], operations: ["CREATE", "DELETE"] }],
        },
        mutations: [],
        reinvocationPolicy: bad(""),
      },
      want: [
        'spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
        "spec.mutations: Required value: mutations must contain at least one item",
        "spec.reinvocationPolicy: Required value",
      ],
    },
    {
      name: "bad mutations",
      spec: {
        mutations: [
          { patchType: bad("") },
          { patchType: bad("Merge") },
          { patchType: "JSONPatch", applyConfiguration: { expression: "Object{}" } },
          { patchType: "ApplyConfiguration", applyConfiguration: {} },
        ],
      },
      want: [
        "spec.mutations[0].patchType: Required value",
        'spec.mutations[1].patchType: Unsupported value: "Merge": supported values: "ApplyConfiguration", "JSONPatch"',
        "spec.mutations[2].jsonPatch: Required value: must be specified when patchType is JSONPatch",
        'spec.mutations[2].applyConfiguration: Invalid value: "{applyConfiguration}": must not be specified when patchType is JSONPatch',
        "spec.mutations[3].applyConfiguration.expression: Required value",
      ],
    },
  ])("judges $name", ({ spec, want }) => {
    expect(errorTexts(mutatingAdmissionPolicy.validate?.(mutating(spec)))).toEqual(want);
  });
});

describe("validation of bindings", () => {
  test.each<{ name: string; spec: ValidatingAdmissionPolicyBindingSpec; want: string[] }>([
    { name: "a binding", spec: {}, want: [] },
    {
      name: "a binding with parameters",
      spec: { paramRef: { selector: {}, parameterNotFoundAction: "Deny" }, validationActions: ["Warn"] },
      want: [],
    },
    {
      name: "too many parameters and actions",
      spec: {
        policyName: "",
        paramRef: { name: "a%", selector: {}, parameterNotFoundAction: "Warn" },
        validationActions: ["Deny", "Warn", "Warn", bad("Log")],
      },
      want: [
        "spec.policyName: Required value",
        "spec.paramRef.name: Invalid value: \"a%\": may not contain '%'",
        "spec.paramRef.name: Forbidden: name and selector are mutually exclusive",
        "spec.paramRef.selector: Forbidden: name and selector are mutually exclusive",
        'spec.paramRef.parameterNotFoundAction: Unsupported value: "Warn": supported values: "Deny", "Allow"',
        'spec.validationActions[2]: Duplicate value: "Warn"',
        'spec.validationActions[3]: Unsupported value: "Log": supported values: "Audit", "Deny", "Warn"',
        'spec.validationActions: Invalid value: ["Deny","Warn","Warn","Log"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
      ],
    },
    {
      name: "no parameters and no actions",
      spec: { paramRef: {}, validationActions: [] },
      want: [
        "spec.paramRef: Required value: one of name or selector must be specified",
        "spec.paramRef.parameterNotFoundAction: Required value",
        "spec.validationActions: Required value: at least one validation action is required",
      ],
    },
  ])("judges $name", ({ spec, want }) => {
    expect(errorTexts(validatingAdmissionPolicyBinding.validate?.(validatingBinding(spec)))).toEqual(want);
  });

  test("a binding of mutations is not for deletions", () => {
    const resourceRules = [{ ...matchConstraints.resourceRules?.[0], operations: ["DELETE" as const] }];
    const binding = mutatingBinding({ matchResources: { resourceRules } });
    expect(errorTexts(mutatingAdmissionPolicyBinding.validate?.(binding))).toEqual([
      'spec.matchResources.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
    ]);
  });
});

test("tables show what is bound to what", () => {
  const paramKind = { apiVersion: "v1", kind: "ConfigMap" };
  expect(rowOf(validatingAdmissionPolicy, validating({ paramKind }))).toMatchObject({
    Validations: 1,
    ParamKind: "v1/ConfigMap",
  });
  expect(rowOf(mutatingAdmissionPolicy, mutating())).toMatchObject({ Mutations: 1, ParamKind: "<unset>" });
  const paramRefOf = (paramRef?: MutatingAdmissionPolicyBindingSpec["paramRef"]) =>
    rowOf(mutatingAdmissionPolicyBinding, mutatingBinding(paramRef && { paramRef }))["ParamRef"];
  expect(paramRefOf()).toBe("<unset>");
  expect(paramRefOf({ name: "a" })).toBe("*/a");
  expect(paramRefOf({ name: "a", namespace: "b" })).toBe("b/a");
  expect(paramRefOf({ selector: { matchLabels: { a: "b" } } })).toBe(
    "&LabelSelector{MatchLabels:map[string]string{a: b,},MatchExpressions:[]LabelSelectorRequirement{},}",
  );
  expect(rowOf(validatingAdmissionPolicyBinding, validatingBinding())).toMatchObject({
    PolicyName: "small-pods",
  });
});
