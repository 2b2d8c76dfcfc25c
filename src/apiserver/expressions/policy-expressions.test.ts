import { describe, expect, test } from "bun:test";
import type {
  MutatingAdmissionPolicySpec,
  Mutation,
  ValidatingAdmissionPolicySpec,
} from "#api/generated/admissionregistration-v1.ts";
import { errorTexts } from "#testing/kinds.ts";
import { createExpressionChecks } from "./expression-checks.ts";

const checks = createExpressionChecks();

/** What cel-go says of one place in a text of one line. */
function failed(text: string, column: number, problem: string): string {
  const marker = `${".".repeat(column - 1)}^`;
  return `Invalid value: ${JSON.stringify(text)}: compilation failed: ERROR: <input>:1:${String(column)}: ${problem}\n | ${text}\n | ${marker}`;
}

const undeclared = (text: string, column: number, name: string) =>
  failed(text, column, `undeclared reference to '${name}' (in container '')`);

function validating(spec: ValidatingAdmissionPolicySpec, checksConditions = true): readonly string[] {
  return errorTexts(checks.validatingPolicy(spec, checksConditions));
}

function mutating(spec: MutatingAdmissionPolicySpec): readonly string[] {
  return errorTexts(checks.mutatingPolicy(spec, true));
}

describe("expressions of validations", () => {
  test.each([
    "object.spec.replicas <= 5",
    "oldObject == null || object.spec == oldObject.spec",
    "request.operation == 'CREATE' && request.userInfo.groups.exists(group, group == 'a')",
    "request.kind.group == 'apps' && request.resource.resource == 'deployments' && !has(request.dryRun)",
    "namespaceObject.metadata.labels['env'] == 'prod' && namespaceObject.status.phase == 'Active'",
    "authorizer.group('apps').resource('deployments').subresource('scale').namespace('a').name('b').check('get').allowed()",
    "authorizer.requestResource.fieldSelector('a=b').labelSelector('c').check('list').reason() == ''",
    "authorizer.serviceAccount('a', 'b').path('/healthz').check('get').errored()",
    "object.x.matches('^a') && quantity('1Gi').isGreaterThan(quantity('1Mi')) && isSemver('1.0.0')",
  ])("may be %s", (expression) => {
    expect(validating({ validations: [{ expression }] })).toEqual([]);
  });

  test.each<{ expression: string; want: string }>([
    { expression: "object.x", want: 'Invalid value: "object.x": must evaluate to bool but got dyn' },
    { expression: "[1]", want: 'Invalid value: "[1]": must evaluate to bool but got list(int)' },
    {
      expression: "namespaceObject",
      want: 'Invalid value: "namespaceObject": must evaluate to bool but got kubernetes.Namespace',
    },
    {
      expression: "object.x in [1",
      want: failed("object.x in [1", 15, "Syntax error: missing ']' at '<EOF>'"),
    },
    { expression: "params.x", want: undeclared("params.x", 1, "params") },
    { expression: "foo(1)", want: failed("foo(1)", 4, "undeclared reference to 'foo' (in container '')") },
    { expression: "request.object", want: failed("request.object", 8, "undefined field 'object'") },
    {
      expression: "authorizer.path(1)",
      want: failed(
        "authorizer.path(1)",
        16,
        "found no matching overload for 'path' applied to 'kubernetes.authorization.Authorizer.(int)'",
      ),
    },
    { expression: "Object{}", want: undeclared("Object{}", 7, "Object") },
  ])("are refused: $expression", ({ expression, want }) => {
    expect(validating({ validations: [{ expression }] })).toEqual([
      `spec.validations[0].expression: ${want}`,
    ]);
  });

  test("have params where the policy says of which kind", () => {
    const validations = [{ expression: "params.max == 1", messageExpression: "string(params.max)" }];
    expect(validating({ paramKind: {}, validations })).toEqual([]);
    expect(validating({ validations })).toEqual([
      `spec.validations[0].expression: ${undeclared("params.max == 1", 1, "params")}`,
      `spec.validations[0].messageExpression: ${undeclared("string(params.max)", 8, "params")}`,
    ]);
  });

  test("see variables with their types", () => {
    const variables = [
      { name: "count", expression: "1 + 2" },
      { name: "next", expression: "variables.count + 1" },
      { name: "names", expression: "['a'].map(x, x + 'b')" },
      { name: "request", expression: "request.userInfo" },
      { name: "broken", expression: "variables.later" },
      { name: "later", expression: "true" },
    ];
    const expressions = [
      "variables.next == 4 && variables.names.exists(x, x == 'ab')",
      "variables.next == 'a'",
      "variables.request.whatever",
      "variables.broken.whatever == 1 && variables.later",
    ];
    expect(validating({ variables, validations: expressions.map((expression) => ({ expression })) })).toEqual(
      [
        `spec.variables[4].expression: ${failed("variables.later", 10, "undefined field 'later'")}`,
        `spec.validations[1].expression: ${failed("variables.next == 'a'", 16, "found no matching overload for '_==_' applied to '(int, string)'")}`,
        'spec.validations[2].expression: Invalid value: "variables.request.whatever": must evaluate to bool but got dyn',
      ],
    );
  });
});

test("messages are texts, and see no authorizer", () => {
  const validate = (messageExpression: string) =>
    validating({ validations: [{ expression: "true", messageExpression }] });
  expect(validate("'a' + request.name")).toEqual([]);
  expect(validate("1")).toEqual([
    'spec.validations[0].messageExpression: Invalid value: "1": must evaluate to string but got int',
  ]);
  expect(validate("authorizer.path('/')")).toEqual([
    `spec.validations[0].messageExpression: ${undeclared("authorizer.path('/')", 1, "authorizer")}`,
  ]);
});

test("audit annotations are texts or nothing", () => {
  const annotate = (valueExpression: string) =>
    validating({ auditAnnotations: [{ key: "a", valueExpression }] });
  expect(annotate("'a'")).toEqual([]);
  expect(annotate("null")).toEqual([]);
  expect(annotate(" 1 ")).toEqual([
    'spec.auditAnnotations[0].valueExpression: Invalid value: " 1 ": must evaluate to one of [string null_type] but got int',
  ]);
});

test("match conditions see no variables, and are left alone where an update leaves them", () => {
  const matchConditions = [{ name: "a", expression: " variables.a " }];
  const variables = [{ name: "a", expression: "true" }];
  expect(validating({ matchConditions, variables })).toEqual([
    `spec.matchConditions[0].expression: ${undeclared("variables.a", 1, "variables")}`,
  ]);
  expect(validating({ matchConditions, variables }, false)).toEqual([]);
});

test("match conditions of webhooks see the request", () => {
  const conditionsOf = (...expressions: readonly string[]) =>
    errorTexts(
      checks.webhooks([
        {},
        { matchConditions: expressions.map((expression) => ({ name: "a", expression })) },
      ]),
    );
  expect(conditionsOf("object.x == 1", "!('a' in request.userInfo.groups)", "")).toEqual([]);
  expect(conditionsOf("true", "params.x == 1")).toEqual([
    `webhooks[1].matchConditions[1].expression: ${undeclared("params.x == 1", 1, "params")}`,
  ]);
});

test("expressions that are too large together are not all looked at", () => {
  const expression = `[${"1, ".repeat(20_000)}1] != []`;
  const validations = Array.from({ length: 10 }, () => ({ expression }));
  expect(validating({ validations })).toEqual([
    "spec.validations[4].expression: Forbidden: the expressions of the object are too large together",
  ]);
});

describe("mutations", () => {
  const apply = (expression: string): Mutation => ({
    patchType: "ApplyConfiguration",
    applyConfiguration: { expression },
  });
  const patch = (expression: string): Mutation => ({ patchType: "JSONPatch", jsonPatch: { expression } });

  test.each<{ mutation: Mutation; want: string }>([
    { mutation: apply("Object{spec: Object.spec{replicas: object.spec.replicas + 1}}"), want: "" },
    { mutation: apply("Object{metadata: Object.metadata{?labels: optional.of({'a': 'b'})}}"), want: "" },
    { mutation: apply("variables.none ? Object{} : Object{spec: variables.spec}"), want: "" },
    {
      mutation: apply("Object.spec{}"),
      want: 'applyConfiguration.expression: Invalid value: "Object.spec{}": must evaluate to Object but got Object.spec',
    },
    {
      mutation: apply("{}"),
      want: 'applyConfiguration.expression: Invalid value: "{}": must evaluate to Object but got map(dyn, dyn)',
    },
    {
      mutation: patch(
        "[JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('a/b'), value: 1}]",
      ),
      want: "",
    },
    {
      mutation: patch("[]"),
      want: 'jsonPatch.expression: Invalid value: "[]": must evaluate to list(JSONPatch) but got list(dyn)',
    },
    {
      mutation: patch("[JSONPatch{op: 1}]"),
      want: `jsonPatch.expression: ${failed("[JSONPatch{op: 1}]", 14, "expected type of field 'op' is 'string' but provided type is 'int'")}`,
    },
    {
      mutation: patch("[JSONPatch{what: 1}]"),
      want: `jsonPatch.expression: ${failed("[JSONPatch{what: 1}]", 16, "undefined field 'what'")}`,
    },
  ])("are judged: $mutation", ({ mutation, want }) => {
    const variables = [
      { name: "none", expression: "true" },
      { name: "spec", expression: "object.spec" },
    ];
    expect(mutating({ variables, mutations: [mutation] })).toEqual(
      want === "" ? [] : [`spec.mutations[0].${want}`],
    );
  });
});
