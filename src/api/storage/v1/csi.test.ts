import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf, someWrite } from "#testing/kinds.ts";
import type {
  CSIDriver,
  CSIDriverSpec,
  CSINode,
  CSINodeDriver,
  CSIStorageCapacity,
} from "../../generated/storage-v1.ts";
import { csiDriver } from "./csidriver.ts";
import { csiNode } from "./csinode.ts";
import { csiStorageCapacity } from "./csistoragecapacity.ts";

function aCSIDriver(spec: CSIDriverSpec = {}): CSIDriver {
  const object: CSIDriver = {
    apiVersion: "storage.k8s.io/v1",
    kind: "CSIDriver",
    metadata: { name: "csi.example.com", uid: "u" },
    spec,
  };
  return csiDriver.setDefaults?.(object) ?? object;
}

describe("csiDriver", () => {
  test.each<{ name: string; spec: CSIDriverSpec; want: string[] }>([
    { name: "the defaults", spec: {}, want: [] },
    {
      name: "unknown policies and modes",
      spec: { fsGroupPolicy: "Some", volumeLifecycleModes: ["Ephemeral", "Eternal"] },
      want: [
        'spec.fsGroupPolicy: Unsupported value: "Some": supported values: "File", "None", "ReadWriteOnceWithFSType"',
        'spec.volumeLifecycleModes: Unsupported value: "Eternal": supported values: "Persistent", "Ephemeral"',
      ],
    },
    {
      name: "token requests of bad duration and equal audience",
      spec: {
        tokenRequests: [
          { audience: "a", expirationSeconds: 599 },
          { audience: "b", expirationSeconds: 2 ** 32 + 1 },
          { audience: "a" },
        ],
      },
      want: [
        "spec.tokenRequests[0].expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes",
        "spec.tokenRequests[1].expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds",
        'spec.tokenRequests[2].audience: Duplicate value: "a"',
      ],
    },
    {
      name: "tokens in secrets without tokens, and a short period",
      spec: { serviceAccountTokenInSecrets: true, nodeAllocatableUpdatePeriodSeconds: 9 },
      want: [
        "spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: must be greater than or equal to 10 seconds",
        "spec.serviceAccountTokenInSecrets: Invalid value: true: serviceAccountTokenInSecrets is set but no tokenRequests are specified",
      ],
    },
  ])("validate judges $name", ({ spec, want }) => {
    expect(errorTexts(csiDriver.validate?.(aCSIDriver(spec)))).toEqual(want);
  });

  test("attachRequired and the modes cannot be changed", () => {
    const next = aCSIDriver({
      attachRequired: false,
      volumeLifecycleModes: ["Ephemeral"],
      podInfoOnMount: true,
    });
    expect(errorTexts(csiDriver.validateUpdate?.(next, aCSIDriver()))).toEqual([
      "spec.attachedRequired: Invalid value: false: field is immutable",
      'spec.volumeLifecycleModes: Invalid value: ["Ephemeral"]: field is immutable',
    ]);
  });

  test("token requests bring a warning when they are new or changed", () => {
    const tokens = aCSIDriver({ tokenRequests: [{ audience: "a" }] });
    expect(csiDriver.warnings?.(tokens, undefined)).toHaveLength(1);
    expect(csiDriver.warnings?.(tokens, aCSIDriver())).toHaveLength(1);
    expect(csiDriver.warnings?.(tokens, tokens)).toEqual([]);
    expect(csiDriver.warnings?.(aCSIDriver(), undefined)).toEqual([]);
  });

  test("the field of a disabled feature is dropped", () => {
    const object = aCSIDriver({ preventPodSchedulingIfMissing: true });
    expect(csiDriver.prepareForCreate?.(object, someWrite)).toEqual(aCSIDriver());
  });

  test("the table shows what the driver wants", () => {
    expect(rowOf(csiDriver, aCSIDriver({ tokenRequests: [{ audience: "a" }, { audience: "b" }] }))).toEqual({
      Name: "csi.example.com",
      AttachRequired: true,
      PodInfoOnMount: false,
      StorageCapacity: false,
      TokenRequests: "a,b",
      RequiresRepublish: false,
      Modes: "Persistent",
      Age: "<unknown>",
    });
    expect(rowOf(csiDriver, aCSIDriver())).toMatchObject({ TokenRequests: "<unset>" });
  });
});

function aCSINode(...drivers: CSINodeDriver[]): CSINode {
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "CSINode",
    metadata: { name: "n1", uid: "u" },
    spec: { drivers },
  };
}

describe("csiNode", () => {
  const driver: CSINodeDriver = { name: "a.com", nodeID: "n1", topologyKeys: ["a.com/zone"] };

  test.each<{ name: string; node: CSINode; want: string[] }>([
    { name: "a driver", node: aCSINode(driver), want: [] },
    {
      name: "the same driver twice, with repeated keys",
      node: aCSINode(driver, { ...driver, topologyKeys: ["k", "k"], allocatable: { count: -1 } }),
      want: [
        "spec.drivers[1].allocatable.count: Invalid value: -1: must be greater than or equal to 0",
        'spec.drivers[1].name: Duplicate value: "a.com"',
        'spec.drivers[1]: Duplicate value: "k"',
      ],
    },
    {
      name: "a driver without and with a long node id",
      node: aCSINode({ ...driver, nodeID: "" }, { ...driver, name: "b.com", nodeID: "x".repeat(257) }),
      want: [
        "spec.drivers[0].nodeID: Required value",
        `spec.drivers[1].nodeID: Invalid value: "${"x".repeat(257)}": must be 256 characters or less`,
      ],
    },
  ])("validate judges $name", ({ node, want }) => {
    expect(errorTexts(csiNode.validate?.(node))).toEqual(want);
  });

  test("of a driver only the allocatable count changes", () => {
    const more = aCSINode({ ...driver, allocatable: { count: 5 } });
    expect(csiNode.validateUpdate?.(more, aCSINode(driver))).toEqual([]);
    expect(
      errorTexts(csiNode.validateUpdate?.(aCSINode({ ...driver, nodeID: "n2" }), aCSINode(driver))),
    ).toEqual([
      'spec.drivers: Invalid value: {"Name":"a.com","NodeID":"n2","TopologyKeys":["a.com/zone"],"Allocatable":null}: field is immutable',
    ]);
    expect(csiNode.validateUpdate?.(aCSINode(), aCSINode(driver))).toEqual([]);
  });

  test("the table counts drivers", () => {
    expect(rowOf(csiNode, aCSINode(driver))).toMatchObject({ Drivers: 1 });
  });
});

describe("csiStorageCapacity", () => {
  const aCapacity = (fields: Partial<CSIStorageCapacity>): CSIStorageCapacity => ({
    apiVersion: "storage.k8s.io/v1",
    kind: "CSIStorageCapacity",
    metadata: { name: "c", namespace: "default", uid: "u" },
    storageClassName: "fast",
    ...fields,
  });

  test("validate wants a class and a capacity that is not negative", () => {
    expect(csiStorageCapacity.validate?.(aCapacity({ capacity: "10Gi" }))).toEqual([]);
    expect(errorTexts(csiStorageCapacity.validate?.(aCapacity({ capacity: "-1" })))).toEqual([
      'capacity: Invalid value: "-1": must be greater than or equal to 0',
    ]);
  });

  test("topology and class cannot be changed, a bad value that was stored before may stay", () => {
    const nodeTopology = { matchExpressions: [{ key: "a", operator: "In", values: ["-"] }] };
    const stored = aCapacity({ nodeTopology });
    expect(csiStorageCapacity.validate?.(stored)).toHaveLength(1);
    expect(csiStorageCapacity.validateUpdate?.({ ...stored, capacity: "1" }, stored)).toEqual([]);
    expect(
      errorTexts(csiStorageCapacity.validateUpdate?.(aCapacity({ storageClassName: "slow" }), stored)),
    ).toEqual([
      "nodeTopology: Invalid value: null: field is immutable",
      'storageClassName: Invalid value: "slow": field is immutable',
    ]);
  });

  test("deprecated labels bring a warning", () => {
    const nodeTopology = {
      matchLabels: { "beta.kubernetes.io/os": "linux" },
      matchExpressions: [{ key: "beta.kubernetes.io/arch", operator: "Exists" }],
    };
    expect(csiStorageCapacity.warnings?.(aCapacity({ nodeTopology }), undefined)).toEqual([
      'nodeTopology.matchExpressions[0].key: beta.kubernetes.io/arch is deprecated since v1.14; use "kubernetes.io/arch" instead',
      'nodeTopology.matchLabels.beta.kubernetes.io/os: deprecated since v1.14; use "kubernetes.io/os" instead',
    ]);
  });

  test("the table shows the capacity", () => {
    expect(rowOf(csiStorageCapacity, aCapacity({}))).toEqual({
      Name: "c",
      StorageClassName: "fast",
      Capacity: "<unset>",
    });
  });
});
