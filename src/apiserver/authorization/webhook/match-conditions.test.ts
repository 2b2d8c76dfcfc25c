import { describe, expect, test } from "bun:test";
import { formatFieldError } from "#apimachinery/field-error.ts";
import { compileConditions } from "./match-conditions.ts";

const alice = {
  user: "alice",
  uid: "1",
  groups: ["group1", "group2"],
  extra: { key1: ["a", "b", "c"] },
  resourceAttributes: { namespace: "kittensandponies", verb: "get" },
};
const bob = { user: "bob", nonResourceAttributes: { verb: "get", path: "/x" } };
const inNamespace =
  "has(request.resourceAttributes) && request.resourceAttributes.namespace == 'kittensandponies'";
const unguarded = "request.resourceAttributes.namespace == 'kittensandponies'";
const noAttributes = `cel evaluation error: expression '${unguarded}' resulted in error: no such key: resourceAttributes`;

describe("compileConditions", () => {
  const cases: { name: string; spec: object; expressions: string[]; outcome: boolean | string }[] = [
    {
      name: "all hold",
      spec: alice,
      expressions: [
        "request.user == 'alice'",
        "request.uid == '1'",
        "('group1' in request.groups)",
        "('key1' in request.extra)",
        "!('key2' in request.extra)",
        "('a' in request.extra['key1'])",
        inNamespace,
        "request.resourceAttributes.name == ''",
      ],
      outcome: true,
    },
    {
      name: "one does not hold",
      spec: alice,
      expressions: ["request.user == 'alice'", "('group3' in request.groups)", inNamespace],
      outcome: false,
    },
    { name: "a path has no resource", spec: bob, expressions: [inNamespace], outcome: false },
    {
      name: "a path",
      spec: bob,
      expressions: ["has(request.nonResourceAttributes) && request.nonResourceAttributes.verb == 'get'"],
      outcome: true,
    },
    {
      name: "one fails",
      spec: bob,
      expressions: ["request.user == 'bob'", unguarded],
      outcome: noAttributes,
    },
    {
      name: "one that does not hold counts more than one that fails",
      spec: bob,
      expressions: [unguarded, "request.user != 'bob'"],
      outcome: false,
    },
    {
      name: "selectors",
      spec: {
        resourceAttributes: {
          fieldSelector: { requirements: [{ key: "foo", operator: "In", values: ["bar"] }] },
        },
      },
      expressions: [
        "request.resourceAttributes.fieldSelector.requirements.exists(r, r.key == 'foo' && r.operator == 'In' && ('bar' in r.values))",
        "!has(request.resourceAttributes.labelSelector)",
      ],
      outcome: true,
    },
  ];
  test.each(cases)("$name", ({ spec, expressions, outcome }) => {
    const { errors, evaluate } = compileConditions(expressions, "matchConditions");
    expect(errors).toEqual([]);
    const found = evaluate(spec);
    expect(typeof found === "boolean" ? found : found.problem).toBe(outcome);
  });

  const field = "matchConditions[0].expression";
  test.each<[string, string[], string]>([
    ["no text", [" "], `${field}: Required value`],
    ["the same again", ["true", "true"], 'matchConditions[1].expression: Duplicate value: "true"'],
    [
      "no such field",
      ["('group3' in request.group)"],
      `${field}: Invalid value: "('group3' in request.group)": compilation failed: ERROR: <input>:1:21: undefined field 'group'\n | ('group3' in request.group)\n | ....................^`,
    ],
    [
      "no boolean",
      ["request.user"],
      `${field}: Invalid value: "request.user": must evaluate to bool but got string`,
    ],
    [
      "too many",
      Array.from({ length: 65 }, (_, index) => `request.user == '${String(index)}'`),
      "matchConditions: Too many: 65: must have at most 64 items",
    ],
  ])("refuses %s", (_name, expressions, message) => {
    const { errors } = compileConditions(expressions, "matchConditions");
    expect(errors.map(formatFieldError)).toEqual([message]);
  });
});
