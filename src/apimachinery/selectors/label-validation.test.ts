import { describe, expect, test } from "bun:test";
import { formatFieldError } from "../field-error.ts";
import type { LabelSelectorRequirement } from "../generated/meta-v1.ts";
import { validateLabelSelector, validateLabels } from "./label-validation.ts";

describe("validateLabelSelector", () => {
  const cases: [LabelSelectorRequirement, string[]][] = [
    [{ key: "a", operator: "In", values: ["b"] }, []],
    [
      { key: "a", operator: "In" },
      [
        "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      ],
    ],
    [
      { key: "a", operator: "Exists", values: ["b"] },
      [
        "spec.selector.matchExpressions[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      ],
    ],
    [
      { key: "a", operator: "Near" },
      ['spec.selector.matchExpressions[0].operator: Invalid value: "Near": not a valid selector operator'],
    ],
    [
      { key: "x/y/z", operator: "DoesNotExist" },
      [
        `spec.selector.matchExpressions[0].key: Invalid value: "x/y/z": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
      ],
    ],
  ];

  test.each(cases)("%#", (requirement, want) => {
    const errors = validateLabelSelector({ matchExpressions: [requirement] }, "spec.selector");
    expect(errors.map(formatFieldError)).toEqual(want);
  });

  test("values that are no longer accepted may stay", () => {
    const selector = { matchExpressions: [{ key: "a", operator: "In", values: ["-"] }] };
    expect(validateLabelSelector(selector, "s")).toHaveLength(1);
    expect(validateLabelSelector(selector, "s", { allowInvalidLabelValues: true })).toEqual([]);
  });

  test("operators of newer clients may stay", () => {
    const selector = { matchExpressions: [{ key: "", operator: "Near" }] };
    const fields = validateLabelSelector(selector, "s", { allowUnknownOperators: true }).map(
      ({ field }) => field,
    );
    expect(new Set(fields)).toEqual(new Set(["s.matchExpressions[0].key"]));
  });

  test("an absent selector is valid, labels are checked", () => {
    expect(validateLabelSelector(undefined, "s")).toEqual([]);
    expect(validateLabelSelector({ matchLabels: { "-": "ok" } }, "s")[0]?.field).toBe("s.matchLabels");
  });
});

test("validateLabels reports keys and values", () => {
  const errors = validateLabels({ "": "a b" }, "metadata.labels");
  expect(errors.map(({ message }) => message.slice(0, 40))).toEqual([
    'Invalid value: "": name part must be non',
    'Invalid value: "": name part must consis',
    'Invalid value: "a b": a valid label must',
  ]);
});
