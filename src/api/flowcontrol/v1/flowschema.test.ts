import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf } from "#testing/kinds.ts";
import type { FlowSchema, FlowSchemaSpec, PolicyRulesWithSubjects } from "../../generated/flowcontrol-v1.ts";
import { flowSchema } from "./flowschema.ts";
import { MANDATORY_FLOW_SCHEMAS } from "./mandatory.ts";

const rule: PolicyRulesWithSubjects = {
  subjects: [{ kind: "Group", group: { name: "ops" } }],
  resourceRules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods"], namespaces: ["default"] }],
};

function aFlowSchema(spec: Partial<FlowSchemaSpec>, name = "mine"): FlowSchema {
  return {
    apiVersion: "flowcontrol.apiserver.k8s.io/v1",
    kind: "FlowSchema",
    metadata: { name, uid: "u" },
    spec: { matchingPrecedence: 500, priorityLevelConfiguration: { name: "low" }, ...spec },
  };
}

describe("flowSchema.validate", () => {
  const cases: { name: string; object: FlowSchema; want: string[] }[] = [
    { name: "a rule for a group", object: aFlowSchema({ rules: [rule] }), want: [] },
    ...[...MANDATORY_FLOW_SCHEMAS].map(([name, spec]) => ({
      name: `the mandatory schema ${name}`,
      object: aFlowSchema(spec, name),
      want: [],
    })),
    {
      name: "no level, and a precedence out of range",
      object: aFlowSchema({ matchingPrecedence: 10_001, priorityLevelConfiguration: { name: "" } }),
      want: [
        "spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000",
        "spec.priorityLevelConfiguration.name: Required value: must reference a priority level",
      ],
    },
    {
      name: "the precedence of the exempt schema",
      object: aFlowSchema({ matchingPrecedence: 1, distinguisherMethod: { type: "ByIp" } }),
      want: [
        "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
        'spec.distinguisherMethod.type: Unsupported value: {"Type":"ByIp"}: supported values: "ByNamespace", "ByUser"',
      ],
    },
    {
      name: "an empty rule",
      object: aFlowSchema({ rules: [{ subjects: [] }] }),
      want: [
        "spec.rules[0].subjects: Required value: subjects must contain at least one value",
        "spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty",
      ],
    },
    {
      name: "subjects without and with too many members",
      object: aFlowSchema({
        rules: [
          {
            ...rule,
            subjects: [
              { kind: "User", group: { name: "a" } },
              { kind: "ServiceAccount", serviceAccount: { name: "*", namespace: "" }, user: { name: "b" } },
              { kind: "Node" },
            ],
          },
        ],
      }),
      want: [
        "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
        "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
        "spec.rules[0].subjects[1].serviceAccount.namespace: Required value: must specify namespace for service account",
        "spec.rules[0].subjects[1].user: Forbidden: user is forbidden when subject kind is not 'User'",
        'spec.rules[0].subjects[2].kind: Unsupported value: "Node": supported values: "Group", "ServiceAccount", "User"',
      ],
    },
    {
      name: "a resource rule with wildcards beside other values",
      object: aFlowSchema({
        rules: [
          {
            ...rule,
            resourceRules: [
              {
                verbs: ["*", "get"],
                apiGroups: ["*", "apps"],
                resources: ["*", "pods"],
                namespaces: ["*", "a"],
              },
              { verbs: ["fetch"], apiGroups: [], resources: [], namespaces: [] },
            ],
          },
        ],
      }),
      want: [
        `spec.rules[0].resourceRules[0].verbs: Invalid value: ["*","get"]: if '*' is present, must not specify other verbs`,
        `spec.rules[0].resourceRules[0].apiGroups: Invalid value: ["*","apps"]: if '*' is present, must not specify other api groups`,
        `spec.rules[0].resourceRules[0].resources: Invalid value: ["*","pods"]: if '*' is present, must not specify other resources`,
        `spec.rules[0].resourceRules[0].namespaces: Invalid value: ["*","a"]: if '*' is present, must not specify other namespaces`,
        'spec.rules[0].resourceRules[1].verbs: Unsupported value: ["fetch"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
        "spec.rules[0].resourceRules[1].apiGroups: Required value: resource rules must supply at least one api group",
        "spec.rules[0].resourceRules[1].resources: Required value: resource rules must supply at least one resource",
        "spec.rules[0].resourceRules[1].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace",
      ],
    },
    {
      name: "URL paths",
      object: aFlowSchema({
        rules: [
          {
            subjects: rule.subjects,
            nonResourceRules: [
              { verbs: ["get"], nonResourceURLs: ["/", "/a/*", "", "a", "/a b", "/a//b", "/*/b", "/a*"] },
            ],
          },
        ],
      }),
      want: [
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[2]: Invalid value: "": must not be empty',
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[3]: Invalid value: "a": must start with slash',
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[4]: Invalid value: "/a b": must not contain white-space',
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[5]: Invalid value: "/a//b": must not contain double slash',
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[6]: Invalid value: "/*/b": wildcard can only do suffix matching',
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[7]: Invalid value: "/a*": wildcard can only do suffix matching',
      ],
    },
  ];

  test.each(cases)("judges $name", ({ object, want }) => {
    expect(errorTexts(flowSchema.validate?.(object))).toEqual(want);
  });

  test("keeps mandatory schemas as they are", () => {
    const [error = ""] = errorTexts(flowSchema.validate?.(aFlowSchema({}, "catch-all")));
    expect(error).toEndWith("spec of 'catch-all' must equal the fixed value");
  });
});

test("status conditions have one entry for each type", () => {
  const status = { conditions: [{ type: "Dangling" }, { type: "" }, { type: "Dangling" }] };
  const object: FlowSchema = { ...aFlowSchema({}), status };
  expect(errorTexts(flowSchema.validateStatusUpdate?.(object, object))).toEqual([
    "status.conditions[1].type: Required value: must not be empty",
    'status.conditions[2].type: Duplicate value: "Dangling"',
  ]);
});

test("a schema without precedence gets 1000", () => {
  expect(flowSchema.setDefaults?.(aFlowSchema({ matchingPrecedence: 0 })).spec.matchingPrecedence).toBe(1000);
});

test("the table says whether the level is missing", () => {
  const object = aFlowSchema({});
  expect(rowOf(flowSchema, object)).toMatchObject({ DistinguisherMethod: "<none>", MissingPL: "?" });
  const status = { conditions: [{ type: "Dangling", status: "False" }] };
  expect(rowOf(flowSchema, { ...object, status })).toMatchObject({
    PriorityLevel: "low",
    MissingPL: "False",
  });
});
