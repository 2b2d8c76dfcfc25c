import { describe, expect, test } from "bun:test";
import { containerErrors } from "#testing/pod-spec.ts";
import type {
  NodeAffinity,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinityTerm,
} from "../../../generated/core-v1.ts";

const NAME_PART =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

describe("the affinity to nodes", () => {
  const errorsOf = (nodeAffinity: NodeAffinity) => containerErrors([{}], { affinity: { nodeAffinity } });
  const TERM = `spec.affinity.nodeAffinity.${REQUIRED}.nodeSelectorTerms[0]`;
  const required = (term: NodeSelectorTerm): NodeAffinity => ({ [REQUIRED]: { nodeSelectorTerms: [term] } });

  test("can be to terms of all kinds", () => {
    const nodeAffinity: NodeAffinity = {
      [REQUIRED]: {
        nodeSelectorTerms: [
          {},
          {
            matchExpressions: [
              { key: "a", operator: "In", values: ["b", ""] },
              { key: "a", operator: "NotIn", values: ["b"] },
              { key: "a", operator: "Exists" },
              { key: "a", operator: "DoesNotExist" },
              { key: "a", operator: "Gt", values: ["1"] },
              { key: "example.com/a", operator: "Lt", values: ["1"] },
            ],
            matchFields: [{ key: "metadata.name", operator: "In", values: ["node-1"] }],
          },
        ],
      },
      [PREFERRED]: [
        { weight: 100, preference: { matchExpressions: [{ key: "a", operator: "In", values: ["-"] }] } },
      ],
    };
    expect(errorsOf(nodeAffinity)).toEqual([]);
  });

  const odd = (operator: string): NodeSelectorRequirement["operator"] => operator as "In";

  test.each<{ requirement: NodeSelectorRequirement; want: string[] }>([
    {
      requirement: { key: "a", operator: "In" },
      want: [".values: Required value: must be specified when `operator` is 'In' or 'NotIn'"],
    },
    {
      requirement: { key: "a", operator: "Exists", values: ["b"] },
      want: [".values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'"],
    },
    {
      requirement: { key: "a", operator: "Gt", values: ["1", "2"] },
      want: [".values: Required value: must be specified single value when `operator` is 'Lt' or 'Gt'"],
    },
    {
      requirement: { key: "a b", operator: odd("in"), values: ["c d"] },
      want: [
        '.operator: Invalid value: "in": not a valid selector operator',
        `.key: Invalid value: "a b": ${NAME_PART}`,
        ".values[0]: Invalid value: \"c d\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      ],
    },
  ])("cannot need $requirement", ({ requirement, want }) => {
    expect(errorsOf(required({ matchExpressions: [requirement] }))).toEqual(
      want.map((error) => `${TERM}.matchExpressions[0]${error}`),
    );
  });

  test.each<{ field: NodeSelectorRequirement; want: string[] }>([
    {
      field: { key: "metadata.name", operator: "In", values: ["a", "b"] },
      want: [
        ".values: Required value: must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
      ],
    },
    {
      field: { key: "metadata.name", operator: "Exists", values: ["A"] },
      want: [
        '.operator: Invalid value: "Exists": not a valid selector operator',
        ".values[0]: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      ],
    },
    {
      field: { key: "metadata.uid", operator: "NotIn", values: ["a"] },
      want: ['.key: Invalid value: "metadata.uid": not a valid field selector key'],
    },
  ])("cannot be to $field", ({ field, want }) => {
    expect(errorsOf(required({ matchFields: [field] }))).toEqual(
      want.map((error) => `${TERM}.matchFields[0]${error}`),
    );
  });

  test("has terms, and weights between 1 and 100", () => {
    const preference = { matchExpressions: [{ key: "a", operator: "In" as const }] };
    const path = `spec.affinity.nodeAffinity.${PREFERRED}`;
    expect(
      errorsOf({
        [REQUIRED]: { nodeSelectorTerms: [] },
        [PREFERRED]: [
          { weight: 0, preference: {} },
          { weight: 101, preference },
        ],
      }),
    ).toEqual([
      `spec.affinity.nodeAffinity.${REQUIRED}.nodeSelectorTerms: Required value: must have at least one node selector term`,
      `${path}[0].weight: Invalid value: 0: must be in the range 1-100`,
      `${path}[1].weight: Invalid value: 101: must be in the range 1-100`,
      `${path}[1].preference.matchExpressions[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
    ]);
  });
});

describe.each(["podAffinity", "podAntiAffinity"] as const)("the term of a %s", (field) => {
  const labelSelector = { matchLabels: { app: "web" } };

  test.each<{ name: string; term: PodAffinityTerm; want: string[] }>([
    {
      name: "pods anywhere",
      term: { topologyKey: "zone", labelSelector, namespaces: ["a"], namespaceSelector: {} },
      want: [],
    },
    {
      name: "keys of labels that the pod has not",
      term: { topologyKey: "zone", labelSelector, matchLabelKeys: ["a"], mismatchLabelKeys: ["b"] },
      want: [],
    },
    {
      name: "no place",
      term: { topologyKey: "" },
      want: [
        ".topologyKey: Required value: can not be empty",
        '.topologyKey: Invalid value: "": name part must be non-empty',
        `.topologyKey: Invalid value: "": ${NAME_PART}`,
      ],
    },
    {
      name: "bad selectors and namespaces",
      term: {
        topologyKey: "zone",
        labelSelector: { matchExpressions: [{ key: "a", operator: "In" }] },
        namespaceSelector: { matchExpressions: [{ key: "a", operator: "Exists", values: ["b"] }] },
        namespaces: ["a.b"],
      },
      want: [
        ".labelSelector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
        ".namespaceSelector.matchExpressions[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        '.namespace: Invalid value: "a.b": must not contain dots',
      ],
    },
    {
      name: "keys without a selector",
      term: { topologyKey: "zone", matchLabelKeys: ["a"], mismatchLabelKeys: ["b"] },
      want: [
        ".matchLabelKeys: Forbidden: must not be specified when labelSelector is not set",
        ".mismatchLabelKeys: Forbidden: must not be specified when labelSelector is not set",
      ],
    },
    {
      name: "bad keys, and one twice",
      term: { topologyKey: "zone", labelSelector, matchLabelKeys: ["a b", "c"], mismatchLabelKeys: ["c"] },
      want: [
        `.matchLabelKeys[0]: Invalid value: "a b": ${NAME_PART}`,
        '.matchLabelKeys[1]: Invalid value: "c": exists in both matchLabelKeys and mismatchLabelKeys',
      ],
    },
    {
      name: "a key that is selected already",
      term: {
        topologyKey: "zone",
        labelSelector: { ...labelSelector, matchExpressions: [{ key: "app", operator: "Exists" }] },
        matchLabelKeys: ["app"],
      },
      want: ['[0]: Invalid value: "app": exists in both matchLabelKeys and labelSelector'],
    },
  ])("$name", ({ term, want }) => {
    const path = `spec.affinity.${field}`;
    expect(containerErrors([{}], { affinity: { [field]: { [REQUIRED]: [term] } } })).toEqual(
      want.map((error) => `${path}.${REQUIRED}[0]${error}`),
    );
    const weighted = { weight: 1, podAffinityTerm: term };
    expect(containerErrors([{}], { affinity: { [field]: { [PREFERRED]: [weighted] } } })).toEqual(
      want.map((error) => `${path}.${PREFERRED}[0].podAffinityTerm${error}`),
    );
  });
});
