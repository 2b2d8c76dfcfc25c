import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf, someWrite } from "#testing/kinds.ts";
import { clusterMetadataOf } from "#testing/metadata.ts";
import type {
  CapacityRequestPolicy,
  Device,
  DeviceAttribute,
  DeviceClass,
  DeviceClassSpec,
  DeviceTaint,
  ResourceSlice,
  ResourceSliceSpec,
} from "../../generated/resource-v1.ts";
import { deviceClass } from "./deviceclass.ts";
import { resourceSlice } from "./resourceslice.ts";

const bad = (value: string) => value as never;
const under = (path: string, texts: readonly string[]) => texts.map((text) => `${path}${text}`);

function aSlice(spec: Partial<ResourceSliceSpec> = {}): ResourceSlice {
  return {
    apiVersion: "resource.k8s.io/v1",
    kind: "ResourceSlice",
    metadata: clusterMetadataOf("gpus"),
    spec: {
      driver: "gpu.example.com",
      pool: { name: "node-1", generation: 1, resourceSliceCount: 1 },
      ...spec,
    },
  };
}

const onNode = (spec: Partial<ResourceSliceSpec>) => aSlice({ nodeName: "node-1", ...spec });
const errorsOf = (slice: ResourceSlice) => errorTexts(resourceSlice.validate?.(slice));
const deviceErrors = (device: Partial<Device>) => errorsOf(onNode({ devices: [{ name: "gpu", ...device }] }));

describe("resourceSlice.validate", () => {
  const NODE_RULE =
    "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
  test.each<{ name: string; spec: Partial<ResourceSliceSpec>; want: string[] }>([
    { name: "devices of one node", spec: { nodeName: "node-1", devices: [{ name: "gpu" }] }, want: [] },
    {
      name: "counters",
      spec: { allNodes: true, sharedCounters: [{ name: "memory", counters: { bank0: { value: "1Gi" } } }] },
      want: [],
    },
    {
      name: "nothing that is required",
      spec: { driver: "", pool: { name: "", generation: -1, resourceSliceCount: 0 } },
      want: [
        "spec.driver: Required value",
        "spec.pool.name: Required value",
        "spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero",
        "spec.pool.generation: Invalid value: -1: must be greater than or equal to zero",
        `spec: Required value: ${NODE_RULE}`,
      ],
    },
    {
      name: "choices that are none",
      spec: { nodeName: "", allNodes: false, perDeviceNodeSelection: false },
      want: [
        'spec.nodeName: Invalid value: "": must be either unset or set to a non-empty string',
        "spec.allNodes: Invalid value: false: must be either unset or set to true",
        "spec.perDeviceNodeSelection: Invalid value: false: must be either unset or set to true",
        `spec: Required value: ${NODE_RULE}`,
      ],
    },
    {
      name: "all choices at once",
      spec: {
        nodeName: "node-1",
        nodeSelector: { nodeSelectorTerms: [{}, {}] },
        allNodes: true,
        perDeviceNodeSelection: true,
      },
      want: [
        'spec.nodeSelector.nodeSelectorTerms: Invalid value: [{"MatchExpressions":null,"MatchFields":null},{"MatchExpressions":null,"MatchFields":null}]: must have exactly one node selector term',
        `spec: Invalid value: "{\`nodeName\`, \`nodeSelector\`, \`allNodes\`, \`perDeviceNodeSelection\`}": ${NODE_RULE}, but multiple fields are set`,
      ],
    },
    {
      name: "devices beside counters that are none",
      spec: {
        nodeName: "node-1",
        devices: [{ name: "a" }, { name: "a" }],
        sharedCounters: [{ name: "" }, { name: "b", counters: {} }],
      },
      want: [
        'spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed',
        'spec.devices[1]: Duplicate value: "a"',
        "spec.sharedCounters[0].name: Required value",
        "spec.sharedCounters[0].counters: Required value",
        "spec.sharedCounters[1].counters: Required value",
      ],
    },
    {
      name: "very many devices",
      spec: { nodeName: "a", devices: Array.from({ length: 129 }, (_, i) => ({ name: `d${String(i)}` })) },
      want: ["spec.devices: Too many: 129: must have at most 128 items"],
    },
    {
      name: "very many devices with taints",
      spec: {
        nodeName: "a",
        devices: Array.from({ length: 65 }, (_, i) => ({
          name: `d${String(i)}`,
          taints: [{ key: "a", effect: "None" as const }],
        })),
      },
      want: ["spec.devices: Too many: 65: must have at most 64 items"],
    },
  ])("judges $name", ({ spec, want }) => {
    expect(errorsOf(aSlice(spec))).toEqual(want);
  });
});

test("where devices come from cannot be changed", () => {
  const next = aSlice({
    driver: "b.example.com",
    nodeName: "node-2",
    pool: { name: "node-2", generation: 2, resourceSliceCount: 2 },
  });
  expect(errorTexts(resourceSlice.validateUpdate?.(next, onNode({})))).toEqual([
    'spec.pool.name: Invalid value: "node-2": field is immutable',
    'spec.driver: Invalid value: "b.example.com": field is immutable',
    'spec.nodeName: Invalid value: "node-2": field is immutable',
  ]);
});

describe("validation of devices", () => {
  test.each<{ attribute: DeviceAttribute; want: string[] }>([
    { attribute: { version: "1.2.3-rc.1+build" }, want: [] },
    { attribute: { int: 0 }, want: [] },
    { attribute: {}, want: [': Invalid value: "": exactly one value must be specified'] },
    {
      attribute: { bool: false, int: 1 },
      want: [
        ': Invalid value: {"IntValue":1,"BoolValue":false,"StringValue":null,"VersionValue":null,"IntValues":null,"BoolValues":null,"StringValues":null,"VersionValues":null}: exactly one value must be specified',
      ],
    },
    { attribute: { string: "x".repeat(65) }, want: [".string: Too long: may not be more than 64 bytes"] },
    { attribute: { string: "é".repeat(33) }, want: [".string: Too long: may not be more than 64 bytes"] },
    {
      attribute: { version: `v${"1".repeat(64)}` },
      want: [
        `.version: Invalid value: "v${"1".repeat(64)}": must be a string compatible with semver.org spec 2.0.0`,
        ".version: Too long: may not be more than 64 bytes",
      ],
    },
  ])("judges the attribute $attribute", ({ attribute, want }) => {
    const path = "spec.devices[0].attributes[model]";
    expect(deviceErrors({ attributes: { model: attribute } })).toEqual(under(path, want));
  });

  test("names of attributes are identifiers, and shortened where they are too long", () => {
    const name = `${"a".repeat(60)}.example.com/${"b".repeat(33)}`;
    expect(deviceErrors({ attributes: { [name]: {} } })).toEqual([
      `spec.devices[0].attributes: Too long: may not be more than 63 bytes`,
      "spec.devices[0].attributes: Too long: may not be more than 32 bytes",
      `spec.devices[0].attributes[${name.slice(0, 47)}...${name.slice(-46)}]: Invalid value: "": exactly one value must be specified`,
    ]);
  });

  test("there are not too many properties", () => {
    const attributes = Object.fromEntries(
      Array.from({ length: 49 }, (_, i) => [`a${String(i)}`, { bool: true }]),
    );
    expect(deviceErrors({ attributes })).toEqual([
      "spec.devices[0]: Invalid value: 49: the total number of attributes and capacities must not exceed 32",
      "spec.devices[0]: Invalid value: 49: the total number of attribute values must not exceed 48",
    ]);
  });

  test("a device that is not shared has no policy for requests", () => {
    expect(deviceErrors({ capacity: { memory: { value: "1Gi", requestPolicy: {} } } })).toEqual([
      "spec.devices[0].capacity[memory].requestPolicy: Forbidden: allowMultipleAllocations must be true",
    ]);
  });

  test.each<{ policy: CapacityRequestPolicy; want: string[] }>([
    { policy: {}, want: [] },
    { policy: { default: "1", validValues: ["1", "2", "10"] }, want: [] },
    { policy: { default: "2", validRange: { min: "2", max: "8", step: "2" } }, want: [] },
    {
      policy: { validValues: ["1"], validRange: {} },
      want: [
        ': Forbidden: exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time',
      ],
    },
    {
      policy: { validValues: ["1"] },
      want: [".default: Required value: required when validValues is defined"],
    },
    {
      policy: { validRange: {} },
      want: [".default: Required value: required when validRange is defined"],
    },
    {
      policy: { default: "1", validValues: ["2", "11", "3", "3"] },
      want: [
        '.validValues[2]: Invalid value: "3": values must be sorted in ascending order',
        '.validValues[1]: Invalid value: "11": option is larger than capacity value: 10',
        '.validValues[3]: Duplicate value: "3"',
        '.validValues: Invalid value: "1": default value is not valid according to the requestPolicy',
      ],
    },
    {
      policy: { default: "1", validRange: {} },
      want: [".validRange.min: Required value: required when validRange is defined"],
    },
    {
      policy: { default: "1", validRange: { min: "11" } },
      want: [
        '.validRange.min: Invalid value: "11": min is larger than capacity value: 10',
        '.validRange.min: Invalid value: "1": default is less than min: 11',
      ],
    },
    {
      policy: { default: "12", validRange: { min: "12", max: "11" } },
      want: [
        '.validRange.min: Invalid value: "12": min is larger than capacity value: 10',
        '.validRange.max: Invalid value: "12": min is larger than max: 11',
        '.validRange.max: Invalid value: "11": max is larger than capacity value: 10',
        '.validRange.max: Invalid value: "12": default is more than max: 11',
      ],
    },
    {
      policy: { default: "4", validRange: { min: "2", max: "5", step: "9" } },
      want: [
        '.validRange.step: Invalid value: "9": one step 11 is larger than capacity value: 10',
        '.validRange.step: Invalid value: "4": value is not a multiple of a given step (9) from (2)',
        '.validRange.step: Invalid value: "5": value is not a multiple of a given step (9) from (2)',
      ],
    },
    {
      policy: { default: "4", validRange: { min: "2", step: "0" } },
      want: ['.validRange.step: Invalid value: "4": value is not a multiple of a given step (0) from (2)'],
    },
  ])("judges the policy $policy", ({ policy, want }) => {
    const capacity = { memory: { value: "10", requestPolicy: policy } };
    const path = "spec.devices[0].capacity[memory].requestPolicy";
    expect(deviceErrors({ allowMultipleAllocations: true, capacity })).toEqual(under(path, want));
  });

  test.each<{ name: string; device: Partial<Device>; want: string[] }>([
    {
      name: "consumption",
      device: {
        consumesCounters: [{ counterSet: "" }, { counterSet: "a", counters: { b_: { value: "1" } } }],
      },
      want: [
        ".consumesCounters[0].counterSet: Required value",
        ".consumesCounters[0].counters: Required value",
        ".consumesCounters[1].counters: Invalid value: \"b_\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      ],
    },
    {
      name: "a node of its own",
      device: { nodeName: "node-2" },
      want: [
        ": Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec",
      ],
    },
    {
      name: "conditions",
      device: { bindingConditions: ["a", "b", "c", "d", "e"], bindingFailureConditions: ["f"] },
      want: [".bindingConditions: Too many: 5: must have at most 4 items"],
    },
  ])("judges $name", ({ device, want }) => {
    expect(deviceErrors(device)).toEqual(under("spec.devices[0]", want));
  });

  const NODE_RULE =
    "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
  test.each<{ device: Partial<Device>; want: string[] }>([
    { device: { nodeName: "node-1" }, want: [] },
    { device: {}, want: [`: Required value: ${NODE_RULE}`] },
    {
      device: { nodeName: "", allNodes: false },
      want: [
        '.nodeName: Invalid value: "": must not be empty',
        ".allNodes: Invalid value: false: must be either unset or set to true",
        `: Required value: ${NODE_RULE}`,
      ],
    },
    {
      device: { nodeName: "a", allNodes: true, nodeSelector: { nodeSelectorTerms: [] } },
      want: [
        ".nodeSelector.nodeSelectorTerms: Required value: must have at least one node selector term",
        `: Invalid value: "{\`nodeName\`, \`nodeSelector\`, \`allNodes\`}": ${NODE_RULE}`,
      ],
    },
  ])("judges $device where devices select nodes", ({ device, want }) => {
    const slice = aSlice({ perDeviceNodeSelection: true, devices: [{ name: "gpu", ...device }] });
    expect(errorsOf(slice)).toEqual(under("spec.devices[0]", want));
  });
});

describe("taints of devices", () => {
  const wrong: DeviceTaint = { key: "a", value: "b c", effect: bad("") };
  const tainted = (...taints: readonly DeviceTaint[]) => onNode({ devices: [{ name: "gpu", taints }] });

  test("have an effect", () => {
    expect(errorsOf(tainted(wrong, { key: "a", effect: bad("Never") }))).toEqual([
      expect.stringMatching(/^spec.devices\[0\].taints\[0\].value: Invalid value: "b c"/),
      "spec.devices[0].taints[0].effect: Required value",
      'spec.devices[0].taints[1].effect: Unsupported value: "Never": supported values: "NoExecute", "NoSchedule", "None"',
    ]);
  });

  test("are not looked at again", () => {
    expect(errorTexts(resourceSlice.validateUpdate?.(tainted(wrong), tainted(wrong)))).toEqual([]);
    expect(resourceSlice.validateUpdate?.(tainted(wrong, wrong), tainted(wrong))).toHaveLength(4);
  });

  test("say since when", () => {
    const old: DeviceTaint = { key: "a", effect: "None", timeAdded: "2026-01-01T00:00:00Z" };
    const slice = tainted(old, { key: "b", effect: "None" });
    const want: DeviceTaint[] = [old, { key: "b", effect: "None", timeAdded: someWrite.now }];
    expect(resourceSlice.prepareForCreate?.(slice, someWrite).spec.devices?.[0]?.taints).toEqual(want);
    expect(resourceSlice.prepareForUpdate?.(slice, slice, someWrite).spec.devices?.[0]?.taints).toEqual(want);
  });
});

test("fields that are switched off are dropped", () => {
  const device: Device = {
    name: "gpu",
    attributes: { a: { ints: [1], int: 1 }, b: { strings: ["x"] } },
    nodeAllocatableResourceMappings: { cpu: {} },
  };
  expect(resourceSlice.prepareForCreate?.(onNode({ devices: [device] }), someWrite).spec.devices).toEqual([
    { name: "gpu", attributes: { a: { int: 1 }, b: {} } },
  ]);
});

test("slices are found by node and driver, and shown with both", () => {
  const slice = onNode({ driver: "GPU.example.com" });
  const values = Object.entries(resourceSlice.selectableFields ?? {}).map(([name, get]) => [
    name,
    get(slice),
  ]);
  expect(values).toEqual([
    ["spec.nodeName", "node-1"],
    ["spec.driver", "GPU.example.com"],
  ]);
  expect(rowOf(resourceSlice, slice)).toMatchObject({
    Node: "node-1",
    Driver: "GPU.example.com",
    Pool: "node-1",
  });
  expect(resourceSlice.warnings?.(slice, undefined)).toEqual([
    'spec.driver: driver names should be lowercase; "GPU.example.com" contains uppercase characters',
  ]);
});

describe("deviceClass.validate", () => {
  const aClass = (spec: DeviceClassSpec = {}): DeviceClass => ({
    apiVersion: "resource.k8s.io/v1",
    kind: "DeviceClass",
    metadata: clusterMetadataOf("gpu"),
    spec,
  });

  test.each<{ name: string; spec: DeviceClassSpec; want: string[] }>([
    { name: "an empty class", spec: {}, want: [] },
    { name: "an extended resource", spec: { extendedResourceName: "example.com/gpu" }, want: [] },
    {
      name: "bad fields",
      spec: { selectors: [{}], config: [{}], extendedResourceName: "gpu" },
      want: [
        "spec.selectors[0].cel: Required value",
        "spec.config[0].opaque: Required value",
        'spec.extendedResourceName: Invalid value: "gpu": must be a valid extended resource name',
      ],
    },
  ])("judges $name", ({ spec, want }) => {
    expect(errorTexts(deviceClass.validate?.(aClass(spec)))).toEqual(want);
  });

  test("parameters that are stored may be large", () => {
    const config = [{ opaque: { driver: "a.b", parameters: { x: "x".repeat(10240) } } }];
    expect(deviceClass.validateUpdate?.(aClass({ config }), aClass({ config }))).toEqual([]);
    expect(errorTexts(deviceClass.validateUpdate?.(aClass({ config }), aClass()))).toEqual([
      "spec.config[0].opaque.parameters: Too long: may not be more than 10240 bytes",
    ]);
  });
});
