import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf } from "#testing/kinds.ts";
import type { StorageClass } from "../../generated/storage-v1.ts";
import { storageClass } from "./storageclass.ts";

function aStorageClass(fields: Partial<StorageClass> = {}): StorageClass {
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "fast", uid: "u" },
    provisioner: "kubelith.io/local",
    volumeBindingMode: "Immediate",
    reclaimPolicy: "Delete",
    ...fields,
  };
}

const zone = (...values: string[]) => ({ matchLabelExpressions: [{ key: "zone", values }] });

describe("storageClass.validate", () => {
  const cases: { name: string; object: StorageClass; want: string[] }[] = [
    { name: "a class", object: aStorageClass({ allowedTopologies: [zone("a", "b"), zone("c")] }), want: [] },
    {
      name: "a class without provisioner",
      object: aStorageClass({ provisioner: "" }),
      want: ["provisioner: Required value"],
    },
    {
      name: "capitals in the provisioner",
      object: aStorageClass({ provisioner: "Kubelith.io/A" }),
      want: [],
    },
    {
      name: "an empty parameter name",
      object: aStorageClass({ parameters: { "": "x" } }),
      want: ['parameters: Invalid value: "": field can not be empty.'],
    },
    {
      name: "parameters that are too large",
      object: aStorageClass({ parameters: { a: "x".repeat(256 * 1024) } }),
      want: ["parameters: Too long: may not be more than 262144 bytes"],
    },
    {
      name: "too many parameters",
      object: aStorageClass({
        parameters: Object.fromEntries(Array.from({ length: 513 }, (_, index) => [String(index), ""])),
      }),
      want: ["parameters: Too long: may not be more than 512 bytes"],
    },
    {
      name: "an obsolete reclaim policy",
      object: aStorageClass({ reclaimPolicy: "Recycle" }),
      want: ['reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"'],
    },
    {
      name: "repeated topologies, keys and values",
      object: aStorageClass({
        allowedTopologies: [
          zone("a", "b"),
          zone("b", "a"),
          {
            matchLabelExpressions: [
              { key: "x", values: ["1", "1"] },
              { key: "x", values: [] },
            ],
          },
        ],
      }),
      want: [
        'allowedTopologies[1].matchLabelExpressions: Duplicate value: ""',
        'allowedTopologies[2].matchLabelExpressions[0].values[1]: Duplicate value: "1"',
        "allowedTopologies[2].matchLabelExpressions[1].values: Required value",
        'allowedTopologies[2].matchLabelExpressions[1].key: Duplicate value: "x"',
      ],
    },
  ];

  test.each(cases)("judges $name", ({ object, want }) => {
    expect(errorTexts(storageClass.validate?.(object))).toEqual(want);
  });
});

test("what a class does cannot be changed", () => {
  const next = aStorageClass({
    provisioner: "b",
    reclaimPolicy: "Retain",
    volumeBindingMode: "WaitForFirstConsumer",
  });
  expect(errorTexts(storageClass.validateUpdate?.(next, aStorageClass({ parameters: { a: "b" } })))).toEqual([
    "parameters: Invalid value: null: field is immutable",
    'provisioner: Invalid value: "b": field is immutable',
    'reclaimPolicy: Invalid value: "Retain": field is immutable',
    'volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable',
  ]);
  expect(
    storageClass.validateUpdate?.(aStorageClass({ allowVolumeExpansion: true }), aStorageClass()),
  ).toEqual([]);
});

test("defaults are Delete and Immediate", () => {
  const bare: StorageClass = {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "a", uid: "u" },
    provisioner: "p",
  };
  expect(storageClass.setDefaults?.(bare)).toEqual({
    ...bare,
    reclaimPolicy: "Delete",
    volumeBindingMode: "Immediate",
  });
});

test("the table marks the default class", () => {
  const annotations = { "storageclass.kubernetes.io/is-default-class": "true" };
  const metadata = { name: "fast", uid: "u", annotations };
  expect(rowOf(storageClass, aStorageClass({ metadata }))).toEqual({
    Name: "fast (default)",
    Provisioner: "kubelith.io/local",
    ReclaimPolicy: "Delete",
    VolumeBindingMode: "Immediate",
    AllowVolumeExpansion: false,
    Age: "<unknown>",
  });
});

test("deprecated topology labels bring a warning", () => {
  const key = "failure-domain.beta.kubernetes.io/zone";
  const object = aStorageClass({ allowedTopologies: [{ matchLabelExpressions: [{ key, values: ["a"] }] }] });
  expect(storageClass.warnings?.(object, undefined)).toEqual([
    'allowedTopologies[0].matchLabelExpressions[0].key: deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  ]);
});
