import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf, someWrite } from "#testing/kinds.ts";
import { aNode, type NodeOptions } from "#testing/objects.ts";
import type { Node, NodeSpec } from "../../generated/core-v1.ts";
import { node } from "./node.ts";

const CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
const FIXED = 'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid';

describe("node.setDefaults", () => {
  test("all that there is can be used, in thousandths", () => {
    const written = { ...aNode("node-1"), status: { capacity: { cpu: "1u", memory: "8Gi" } } };
    const filled = node.setDefaults?.(written);
    expect(filled?.status).toEqual({
      capacity: { cpu: "1m", memory: "8Gi" },
      allocatable: { cpu: "1m", memory: "8Gi" },
    });
    expect(filled && node.setDefaults?.(filled)).toBe(filled);
  });

  test.each<{ spec: NodeSpec; want: NodeSpec }>([
    { spec: { podCIDR: "10.1.0.0/24" }, want: { podCIDR: "10.1.0.0/24", podCIDRs: ["10.1.0.0/24"] } },
    { spec: { podCIDRs: ["10.1.0.0/24"] }, want: { podCIDR: "10.1.0.0/24", podCIDRs: ["10.1.0.0/24"] } },
    {
      spec: { podCIDR: "10.1.0.0/24", podCIDRs: ["10.2.0.0/24", "fd00::/64"] },
      want: { podCIDR: "10.1.0.0/24", podCIDRs: ["10.1.0.0/24"] },
    },
  ])("the network $spec is known by both names", ({ spec, want }) => {
    expect(node.setDefaults?.(aNode("node-1", { spec })).spec).toEqual(want);
  });
});

test("a node is created with its status, and never has a dynamic configuration", () => {
  expect(node.keepsStatusOnCreate).toBe(true);
  const source = { configMap: { name: "a", namespace: "b", kubeletConfigKey: "c" } };
  const written = aNode("node-1", { spec: { configSource: source }, status: { config: { active: source } } });
  expect(node.prepareForCreate?.(written, someWrite)).toEqual(aNode("node-1"));
  expect(node.prepareForUpdate?.(written, aNode("node-1"), someWrite)).toEqual(aNode("node-1"));
  expect(node.prepareForStatusUpdate?.(written, aNode("node-1"), someWrite)).toEqual(aNode("node-1"));
});

describe("node.validate", () => {
  test.each<{ name: string; options: NodeOptions; want: string[] }>([
    { name: "a usual node", options: { spec: { podCIDRs: ["10.1.0.0/24", "fd00::/64"] } }, want: [] },
    {
      name: "the annotations that taints were before",
      options: {
        annotations: {
          "scheduler.alpha.kubernetes.io/taints":
            '[{"key":"a","value":"b","effect":"NoSchedule"},{"Key":"a","effect":"NoSchedule"},{"key":"a"}]',
        },
      },
      want: [
        'metadata.annotations.scheduler.alpha.kubernetes.io/taints[1]: Duplicate value: {"Key":"a","Value":"","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
        "metadata.annotations.scheduler.alpha.kubernetes.io/taints[2].effect: Required value",
      ],
    },
    {
      name: "annotations of pods to avoid",
      options: {
        annotations: {
          "scheduler.alpha.kubernetes.io/preferAvoidPods":
            '{"preferAvoidPods":[{"podSignature":{"podController":{"kind":"ReplicaSet","controller":true}}},{},{"podSignature":{"podController":{"controller":false}}}]}',
        },
      },
      want: [
        "metadata.annotations.scheduler.alpha.kubernetes.io/preferAvoidPods[1].PodSignature: Required value",
        "metadata.annotations.scheduler.alpha.kubernetes.io/preferAvoidPods[2].PodSignature.PodController.Controller: Invalid value: false: must point to a controller",
      ],
    },
    {
      name: "annotations that are no JSON",
      options: {
        annotations: {
          "scheduler.alpha.kubernetes.io/taints": "{}",
          "scheduler.alpha.kubernetes.io/preferAvoidPods": "[",
        },
      },
      want: [
        'metadata.annotations: Invalid value: "scheduler.alpha.kubernetes.io/taints": json: cannot unmarshal object into Go value of type []core.Taint',
        'metadata.annotations.AvoidPods: Invalid value: "scheduler.alpha.kubernetes.io/preferAvoidPods": unexpected end of JSON input',
      ],
    },
    {
      name: "taints",
      options: {
        spec: {
          taints: [
            { key: "a", effect: "NoSchedule" },
            { key: "a", effect: "NoSchedule", value: "b" },
            { key: "a", effect: "Never" as "NoExecute" },
          ],
        },
      },
      want: [
        'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"b","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
        'metadata.taints[2].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      ],
    },
    {
      name: "amounts",
      options: { status: { capacity: { cpu: "-1" }, allocatable: { pods: "1500m" } } },
      want: [
        'status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0',
        'status.allocatable.pods: Invalid value: "1500m": must be an integer',
      ],
    },
    {
      name: "features",
      options: { status: { declaredFeatures: ["B", "A", "A", "a"] } },
      want: [
        'status.declaredFeatures[1]: Invalid value: "A": list must be sorted alphabetically',
        'status.declaredFeatures[2]: Duplicate value: "A"',
        'status.declaredFeatures[3]: Invalid value: "a": invalid feature name "a": must start with an UpperCamelCase segment, with subsequent segments separated by \'/\' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes',
      ],
    },
    {
      name: "networks",
      options: { spec: { podCIDRs: ["10.1.0.0/24", "x"] } },
      want: [
        `spec.podCIDRs[1]: Invalid value: "x": ${CIDR}`,
        'spec.podCIDRs: Internal error: invalid PodCIDRs. failed to check with dual stack with error:failed to parse cidr value:"x" with error:invalid CIDR address: x',
        'spec.podCIDRs: Invalid value: ["10.1.0.0/24","x"]: may specify no more than one CIDR for each IP family',
      ],
    },
  ])("judges $name", ({ options, want }) => {
    expect(errorTexts(node.validate?.(aNode("node-1", options)))).toEqual(want);
  });
});

describe("node.validateUpdate", () => {
  const check = (next: NodeOptions, previous: NodeOptions) =>
    errorTexts(node.validateUpdate?.(aNode("node-1", next), aNode("node-1", previous)));

  test("what is empty can be set, and most can change", () => {
    const spec: NodeSpec = { podCIDRs: ["10.1.0.0/24"], providerID: "a://b", unschedulable: true };
    expect(check({ spec }, {})).toEqual([]);
    expect(check({ spec }, { spec })).toEqual([]);
  });

  test("what is set stays", () => {
    const previous: NodeSpec = {
      podCIDRs: ["10.1.0.0/24", "fd00::/64"],
      providerID: "a://b",
      externalID: "a",
    };
    const others = ["10.2.0.0/24", "fd01::/64"];
    expect(check({ spec: { podCIDRs: others, providerID: "c://d" } }, { spec: previous })).toEqual([
      FIXED,
      FIXED,
      'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
      "spec.externalID: Forbidden: may not be updated",
    ]);
    expect(check({ spec: { ...previous, podCIDRs: [] } }, { spec: previous })).toEqual([FIXED]);
  });

  test("addresses are there once", () => {
    const address = { type: "InternalIP", address: "10.0.0.1" };
    const status = { addresses: [address, address] };
    const want = ['status.addresses[1]: Duplicate value: {"Type":"InternalIP","Address":"10.0.0.1"}'];
    expect(check({ status }, {})).toEqual(want);
    const object = aNode("node-1", { status });
    expect(errorTexts(node.validateStatusUpdate?.(object, object))).toEqual(want);
  });
});

test("odd values are warned of", () => {
  const object = aNode("node-1", { spec: { externalID: "a", podCIDRs: ["10.1.0.1/24"] } });
  expect(node.warnings?.(object, undefined)).toEqual([
    "spec.externalID: this field is deprecated, and is unused by Kubernetes",
    'spec.podCIDRs[0]: CIDR value "10.1.0.1/24" is ambiguous in this context (should be "10.1.0.0/24" or "10.1.0.1/32"?)',
  ]);
});

describe("the table of nodes", () => {
  const nodeInfo = {
    architecture: "amd64",
    bootID: "",
    containerRuntimeVersion: "docker://27",
    kernelVersion: "6.1",
    kubeProxyVersion: "",
    kubeletVersion: "v1.36.2",
    machineID: "",
    operatingSystem: "linux",
    osImage: "Debian 12",
    systemUUID: "",
  };

  test.each<{ options: NodeOptions; want: object }>([
    {
      options: {
        status: { nodeInfo },
        labels: { "node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/": "" },
      },
      want: {
        Status: "Ready",
        Roles: "worker",
        Version: "v1.36.2",
        "Internal-IP": "10.0.0.1",
        "External-IP": "<none>",
        "OS-Image": "Debian 12",
        "Kernel-Version": "6.1 (amd64)",
        "Container-Runtime": "docker://27",
      },
    },
    {
      options: {
        spec: { unschedulable: true },
        status: { conditions: [{ type: "Ready", status: "Unknown" }] },
        labels: { "kubernetes.io/role": "b", "node-role.kubernetes.io/a": "" },
      },
      want: {
        Status: "NotReady,SchedulingDisabled",
        Roles: "a,b",
        Version: "",
        "OS-Image": "<unknown>",
        "Kernel-Version": "<unknown>",
        "Container-Runtime": "<unknown>",
      },
    },
    { options: { status: { conditions: [] } }, want: { Status: "Unknown", Roles: "<none>" } },
  ])("shows $want", ({ options, want }) => {
    expect(rowOf(node, aNode("node-1", options))).toMatchObject({
      Name: "node-1",
      Age: "<unknown>",
      ...want,
    });
  });
});

test("nodes can be selected by whether they take pods", () => {
  const valueOf = (object: Node) => node.selectableFields?.["spec.unschedulable"]?.(object);
  expect(valueOf(aNode("node-1"))).toBe("false");
  expect(valueOf(aNode("node-1", { spec: { unschedulable: true } }))).toBe("true");
});
