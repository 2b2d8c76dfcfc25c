import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf } from "#testing/kinds.ts";
import { clusterMetadataOf } from "#testing/metadata.ts";
import type { RuntimeClass } from "../../generated/node-v1.ts";
import { runtimeClass } from "./runtimeclass.ts";

function aRuntimeClass(fields: Partial<RuntimeClass> = {}): RuntimeClass {
  return {
    apiVersion: "node.k8s.io/v1",
    kind: "RuntimeClass",
    metadata: clusterMetadataOf("sandboxed"),
    handler: "gvisor",
    ...fields,
  };
}

describe("runtimeClass.validate", () => {
  test.each<{ name: string; fields: Partial<RuntimeClass>; want: string[] }>([
    {
      name: "a complete class",
      fields: {
        overhead: { podFixed: { cpu: "250m", memory: "64Mi" } },
        scheduling: {
          nodeSelector: { sandbox: "true" },
          tolerations: [
            { key: "sandbox", operator: "Exists" },
            { key: "sandbox", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 },
          ],
        },
      },
      want: [],
    },
    { name: "no handler", fields: { handler: "" }, want: ["handler: Required value"] },
    {
      name: "a bad handler and an unknown resource",
      fields: { handler: "a.b", overhead: { podFixed: { sockets: "1" } } },
      want: [
        'handler: Invalid value: "a.b": must not contain dots',
        'overhead.limits[sockets]: Invalid value: "sockets": must be a standard resource type or fully qualified',
        'overhead.limits[sockets]: Invalid value: "sockets": must be a standard resource for containers',
      ],
    },
    {
      name: "bad scheduling",
      fields: {
        scheduling: {
          nodeSelector: { "a/": "x" },
          tolerations: [{ key: "a" }, { key: "a", tolerationSeconds: 5 }],
        },
      },
      want: [
        'scheduling.nodeSelector: Invalid value: "a/": name part must be non-empty',
        "scheduling.nodeSelector: Invalid value: \"a/\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
        "scheduling.tolerations[1].effect: Invalid value: \"\": effect must be 'NoExecute' when `tolerationSeconds` is set",
        'scheduling.tolerations[1]: Duplicate value: {"Key":"a","Operator":"","Value":"","Effect":"","TolerationSeconds":5}',
      ],
    },
  ])("judges $name", ({ fields, want }) => {
    expect(errorTexts(runtimeClass.validate?.(aRuntimeClass(fields)))).toEqual(want);
  });
});

test("the handler cannot be changed", () => {
  const next = aRuntimeClass({ handler: "kata" });
  expect(errorTexts(runtimeClass.validateUpdate?.(next, aRuntimeClass()))).toEqual([
    'handler: Invalid value: "kata": field is immutable',
  ]);
});

test("labels that have a successor are warned of", () => {
  const object = aRuntimeClass({
    scheduling: { nodeSelector: { "beta.kubernetes.io/os": "linux", a: "b" } },
  });
  expect(runtimeClass.warnings?.(object, undefined)).toEqual([
    'scheduling.nodeSelector: deprecated since v1.14; use "kubernetes.io/os" instead',
  ]);
});

test("the table shows the handler", () => {
  expect(rowOf(runtimeClass, aRuntimeClass())).toMatchObject({ Name: "sandboxed", Handler: "gvisor" });
});
