import { describe, expect, test } from "bun:test";
import { containerErrors } from "#testing/pod-spec.ts";
import type { Toleration, TopologySpreadConstraint } from "../../../generated/core-v1.ts";

const NAME_PART =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

describe("a toleration", () => {
  test.each<Toleration>([
    { operator: "Exists" },
    { key: "a", value: "b" },
    { key: "example.com/a", operator: "Equal", value: "b", effect: "NoSchedule" },
    { key: "a", operator: "Exists", effect: "NoExecute", tolerationSeconds: -1 },
  ])("can be %o", (toleration) => {
    expect(containerErrors([{}], { tolerations: [toleration] })).toEqual([]);
  });

  test.each<{ toleration: Toleration; want: string[] }>([
    {
      toleration: { operator: "Equal", effect: "NoSchedule" },
      want: [
        '.operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ],
    },
    { toleration: { key: "a b", value: "c" }, want: [`.key: Invalid value: "a b": ${NAME_PART}`] },
    { toleration: { key: "a", value: "b c" }, want: [`.operator: Invalid value: "b c": ${LABEL_VALUE}`] },
    {
      toleration: { key: "a", operator: "Exists", value: "b" },
      want: [".operator: Invalid value: \"b\": value must be empty when `operator` is 'Exists'"],
    },
    {
      toleration: { key: "a", operator: "Exists", tolerationSeconds: 20 },
      want: [".effect: Invalid value: \"\": effect must be 'NoExecute' when `tolerationSeconds` is set"],
    },
    {
      toleration: { key: "a", operator: "Gt", value: "1" },
      want: ['.operator: Unsupported value: "Gt": supported values: "Equal", "Exists", "Lt", "Gt"'],
    },
    {
      toleration: { key: "a", operator: "In" as "Equal", effect: "Never" as "NoSchedule" },
      want: [
        '.operator: Unsupported value: "In": supported values: "Equal", "Exists"',
        '.effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      ],
    },
  ])("cannot be $toleration", ({ toleration, want }) => {
    expect(containerErrors([{}], { tolerations: [toleration] })).toEqual(
      want.map((error) => `spec.tolerations[0]${error}`),
    );
  });
});

describe("a constraint to spread", () => {
  const zone: TopologySpreadConstraint = {
    maxSkew: 1,
    topologyKey: "zone",
    whenUnsatisfiable: "DoNotSchedule",
  };
  const errorsOf = (...topologySpreadConstraints: TopologySpreadConstraint[]) =>
    containerErrors([{}], { topologySpreadConstraints });
  const AT = "spec.topologySpreadConstraints";

  test("can be of one kind for each place", () => {
    const labelSelector = { matchLabels: { app: "web" } };
    expect(
      errorsOf(
        { ...zone, minDomains: 1, nodeAffinityPolicy: "Ignore", nodeTaintsPolicy: "Honor" },
        { ...zone, whenUnsatisfiable: "ScheduleAnyway", labelSelector, matchLabelKeys: ["version"] },
        { ...zone, topologyKey: "node" },
      ),
    ).toEqual([]);
  });

  test.each<{ name: string; constraint: Partial<TopologySpreadConstraint>; want: string[] }>([
    {
      name: "nothing",
      constraint: { maxSkew: 0, topologyKey: "", whenUnsatisfiable: "" as "DoNotSchedule" },
      want: [
        ".maxSkew: Invalid value: 0: must be greater than zero",
        ".topologyKey: Required value: can not be empty",
        '.whenUnsatisfiable: Unsupported value: "": supported values: "DoNotSchedule", "ScheduleAnyway"',
      ],
    },
    {
      name: "no domains",
      constraint: { minDomains: -1, whenUnsatisfiable: "ScheduleAnyway" },
      want: [
        ".minDomains: Invalid value: -1: must be greater than zero",
        ".minDomains: Invalid value: -1: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway",
      ],
    },
    {
      name: "unknown policies",
      constraint: { nodeAffinityPolicy: "No" as "Honor", nodeTaintsPolicy: "" as "Honor" },
      want: [
        '.nodeAffinityPolicy: Unsupported value: "No": supported values: "Honor", "Ignore"',
        '.nodeTaintsPolicy: Unsupported value: "": supported values: "Honor", "Ignore"',
      ],
    },
    {
      name: "keys without a selector",
      constraint: { matchLabelKeys: ["a"] },
      want: [".matchLabelKeys: Forbidden: must not be specified when labelSelector is not set"],
    },
    {
      name: "a bad key and a bad selector",
      constraint: {
        matchLabelKeys: ["/a"],
        labelSelector: { matchExpressions: [{ key: "a", operator: "NotIn" }] },
      },
      want: [
        '.matchLabelKeys[0]: Invalid value: "/a": prefix part must be non-empty',
        ".labelSelector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      ],
    },
    {
      name: "a key that is selected already",
      constraint: {
        matchLabelKeys: ["a"],
        labelSelector: { matchLabels: { a: "b" }, matchExpressions: [{ key: "a", operator: "Exists" }] },
      },
      want: ['[0]: Invalid value: "a": exists in both matchLabelKeys and labelSelector'],
    },
  ])("cannot be of $name", ({ constraint, want }) => {
    expect(errorsOf({ ...zone, ...constraint })).toEqual(want.map((error) => `${AT}[0]${error}`));
  });

  test("cannot be there twice; all but the last are reported", () => {
    expect(errorsOf(zone, zone, zone)).toEqual(
      [0, 1].map(
        (index) =>
          `${AT}[${String(index)}].{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, DoNotSchedule}"`,
      ),
    );
  });
});

describe("gates and selectors", () => {
  test("a gate is named once", () => {
    const gates = ["example.com/a", "b", "b", "a b"].map((name) => ({ name }));
    expect(containerErrors([{}], { schedulingGates: gates })).toEqual([
      'spec.schedulingGates[2]: Duplicate value: "b"',
      `spec.schedulingGates[3]: Invalid value: "a b": ${NAME_PART}`,
    ]);
  });

  test("readiness gates are named like labels", () => {
    const gates = ["example.com/a", "a b"].map((conditionType) => ({ conditionType }));
    expect(containerErrors([{}], { readinessGates: gates })).toEqual([
      `spec.readinessGates[1].conditionType: Invalid value: "a b": ${NAME_PART}`,
    ]);
  });

  test("the node selector is of labels", () => {
    expect(containerErrors([{}], { nodeSelector: { a: "b c" } })).toEqual([
      `spec.nodeSelector: Invalid value: "b c": ${LABEL_VALUE}`,
    ]);
  });
});
