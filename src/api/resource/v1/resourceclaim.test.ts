import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf, someWrite } from "#testing/kinds.ts";
import { metadataOf } from "#testing/metadata.ts";
import type {
  AllocatedDeviceStatus,
  DeviceClaim,
  DeviceConstraint,
  DeviceRequest,
  DeviceRequestAllocationResult,
  DeviceToleration,
  ExactDeviceRequest,
  ResourceClaim,
  ResourceClaimStatus,
  ResourceClaimTemplate,
} from "../../generated/resource-v1.ts";
import { resourceClaim } from "./resourceclaim.ts";
import { resourceClaimTemplate } from "./resourceclaimtemplate.ts";

const CLASS = "gpu.example.com";
const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const NO_REQUEST =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
const bad = (value: string) => value as never;

function aRequest(name: string, exactly: Partial<ExactDeviceRequest> = {}): DeviceRequest {
  return { name, exactly: { deviceClassName: CLASS, ...exactly } };
}

function aClaim(devices: Partial<DeviceClaim> = {}, status?: ResourceClaimStatus): ResourceClaim {
  const object: ResourceClaim = {
    apiVersion: "resource.k8s.io/v1",
    kind: "ResourceClaim",
    metadata: metadataOf("gpu"),
    spec: { devices: { requests: [aRequest("gpu")], ...devices } },
    ...(status && { status }),
  };
  return resourceClaim.setDefaults?.(object) ?? object;
}

function aTemplate(devices: Partial<DeviceClaim> = {}): ResourceClaimTemplate {
  return {
    apiVersion: "resource.k8s.io/v1",
    kind: "ResourceClaimTemplate",
    metadata: metadataOf("gpu"),
    spec: { metadata: { labels: { app: "web" } }, spec: aClaim(devices).spec },
  };
}

const errorsOf = (devices: Partial<DeviceClaim>) => errorTexts(resourceClaim.validate?.(aClaim(devices)));
const under = (path: string, texts: readonly string[]) => texts.map((text) => `${path}${text}`);

describe("defaults of claims", () => {
  test("ask for one device", () => {
    const alternatives = [{ name: "a", deviceClassName: CLASS, tolerations: [{ key: "a" }] }];
    const all = aRequest("all", { allocationMode: "All" });
    const { requests } = aClaim({
      requests: [aRequest("one"), all, { name: "any", firstAvailable: alternatives }],
    }).spec.devices;
    expect(requests).toEqual([
      aRequest("one", { allocationMode: "ExactCount", count: 1 }),
      all,
      {
        name: "any",
        firstAvailable: [
          {
            name: "a",
            deviceClassName: CLASS,
            allocationMode: "ExactCount",
            count: 1,
            tolerations: [{ key: "a", operator: "Equal" }],
          },
        ],
      },
    ]);
  });

  test("complete tolerations of results and leave complete claims as they are", () => {
    const result = { request: "gpu", driver: CLASS, pool: "p", device: "d" };
    const status = { allocation: { devices: { results: [{ ...result, tolerations: [{ key: "a" }] }] } } };
    const claim = aClaim({}, status);
    expect(claim.status?.allocation?.devices?.results?.[0]?.tolerations).toEqual([
      { key: "a", operator: "Equal" },
    ]);
    expect(resourceClaim.setDefaults?.(claim)).toBe(claim);
  });

  test("are those of templates", () => {
    const template = aTemplate();
    const bare = { ...template, spec: { spec: { devices: { requests: [aRequest("gpu")] } } } };
    expect(resourceClaimTemplate.setDefaults?.(bare).spec.spec).toEqual(template.spec.spec);
  });
});

describe("resourceClaim.validate", () => {
  const parameters = { size: "large" };
  test.each<{ name: string; devices: Partial<DeviceClaim>; want: string[] }>([
    {
      name: "a complete claim",
      devices: {
        requests: [
          aRequest("gpu", {
            selectors: [{ cel: { expression: "true" } }],
            tolerations: [{ operator: "Exists" }],
          }),
          {
            name: "nic",
            firstAvailable: [
              { name: "fast", deviceClassName: CLASS },
              { name: "slow", deviceClassName: CLASS, allocationMode: "All" },
            ],
          },
        ],
        constraints: [{ requests: ["gpu", "nic/fast"], matchAttribute: "example.com/node" }],
        config: [{ requests: ["nic"], opaque: { driver: "example.com", parameters } }],
      },
      want: [],
    },
    {
      name: "bad and repeated names",
      devices: { requests: [aRequest("a_b"), aRequest("b"), aRequest("b")] },
      want: [`requests[0].name: Invalid value: "a_b": ${LABEL_RULE}`, 'requests[2]: Duplicate value: "b"'],
    },
    {
      name: "neither and both kinds of request",
      devices: {
        requests: [
          { name: "a" },
          { ...aRequest("b"), firstAvailable: [{ name: "c", deviceClassName: CLASS }] },
        ],
      },
      want: [
        "requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required",
        "requests[1]: Invalid value: null: exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set",
      ],
    },
    {
      name: "alternatives without a class",
      devices: { requests: [{ name: "a", firstAvailable: [{ name: "b", deviceClassName: "" }] }] },
      want: ["requests[0].firstAvailable[0].deviceClassName: Required value"],
    },
    {
      name: "very many requests",
      devices: { requests: Array.from({ length: 33 }, () => aRequest("a_b")) },
      want: ["requests: Too many: 33: must have at most 32 items"],
    },
    {
      name: "bad references",
      devices: {
        constraints: [{ requests: ["gpu", "gpu", "other", "a/b/c"], matchAttribute: "example.com/x" }],
      },
      want: [
        `constraints[0].requests[2]: Invalid value: "other": ${NO_REQUEST}`,
        `constraints[0].requests[3]: Invalid value: "a/b/c": ${NO_REQUEST}`,
        'constraints[0].requests[1]: Duplicate value: "gpu"',
      ],
    },
    {
      name: "bad configurations",
      devices: {
        config: [
          {},
          { opaque: { driver: "", parameters: null } },
          { opaque: { driver: "a_b", parameters: "x" } },
          { opaque: { driver: "a.b", parameters: { x: "x".repeat(10240) } } },
        ],
      },
      want: [
        "config[0].opaque: Required value",
        "config[1].opaque.driver: Required value",
        "config[1].opaque.parameters: Required value",
        "config[2].opaque.driver: Invalid value: \"a_b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        'config[2].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object',
        "config[3].opaque.parameters: Too long: may not be more than 10240 bytes",
      ],
    },
  ])("judges $name", ({ devices, want }) => {
    expect(errorsOf(devices)).toEqual(under("spec.devices.", want));
  });

  test.each<{ exactly: Partial<ExactDeviceRequest>; want: string[] }>([
    {
      exactly: { allocationMode: "All", count: 1 },
      want: ["count: Invalid value: 1: must not be specified when allocationMode is 'All'"],
    },
    { exactly: { count: -1 }, want: ["count: Invalid value: -1: must be greater than zero"] },
    {
      exactly: { allocationMode: bad("Some") },
      want: ['allocationMode: Unsupported value: "Some": supported values: "All", "ExactCount"'],
    },
    {
      exactly: { selectors: [{}, { cel: { expression: "x".repeat(10241) } }] },
      want: [
        "selectors[0].cel: Required value",
        "selectors[1].cel.expression: Too long: may not be more than 10240 bytes",
      ],
    },
  ])("judges an exact request", ({ exactly, want }) => {
    expect(errorsOf({ requests: [aRequest("gpu", exactly)] })).toEqual(
      under("spec.devices.requests[0].exactly.", want),
    );
  });

  test.each<{ toleration: DeviceToleration; want: string[] }>([
    {
      toleration: { key: "a b", operator: "Exists", value: "x", effect: bad("Always") },
      want: [
        "key: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
        'value: Invalid value: "x": must be empty for operator `Exists`',
        'effect: Unsupported value: "Always": supported values: "NoExecute", "NoSchedule", "None"',
      ],
    },
    {
      toleration: { operator: bad("Lt") },
      want: ['operator: Unsupported value: "Lt": supported values: "Equal", "Exists"'],
    },
    {
      toleration: { value: "a b" },
      want: [
        "value: Invalid value: \"a b\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      ],
    },
  ])("judges $toleration", ({ toleration, want }) => {
    const errors = errorsOf({ requests: [aRequest("gpu", { tolerations: [toleration] })] });
    expect(errors).toEqual(under("spec.devices.requests[0].exactly.tolerations[0].", want));
  });

  const IDENTIFIER =
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')";
  test.each<{ constraint: DeviceConstraint; want: string[] }>([
    { constraint: { distinctAttribute: "example.com/node" }, want: [] },
    {
      constraint: {},
      want: [
        ': Required value: exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
      ],
    },
    {
      constraint: { matchAttribute: "node" },
      want: [
        '.matchAttribute: Invalid value: "node": a fully qualified name must be a domain and a name separated by a slash',
      ],
    },
    {
      constraint: { matchAttribute: "/" },
      want: [
        '.matchAttribute: Invalid value: "": the domain must not be empty',
        '.matchAttribute: Invalid value: "": the name must not be empty',
      ],
    },
    {
      constraint: { distinctAttribute: `a.b/${"x".repeat(32)}-` },
      want: [
        ".distinctAttribute: Too long: may not be more than 32 bytes",
        `.distinctAttribute: Invalid value: "${"x".repeat(32)}-": ${IDENTIFIER}`,
      ],
    },
    { constraint: { matchAttribute: "a/b/c" }, want: [] },
  ])("judges the constraint $constraint", ({ constraint, want }) => {
    expect(errorsOf({ constraints: [constraint] })).toEqual(under("spec.devices.constraints[0]", want));
  });
});

test("what is asked for cannot be changed", () => {
  // Other mistakes of a spec that may not be there are not told.
  const bare = { requests: [{ name: "" }] };
  const printed =
    '{"Devices":{"Requests":[{"Name":"","Exactly":null,"FirstAvailable":null}],"Constraints":null,"Config":null}}';
  expect(errorTexts(resourceClaim.validateUpdate?.(aClaim(bare), aClaim()))).toEqual([
    `spec: Invalid value: ${printed}: field is immutable`,
  ]);
  expect(errorTexts(resourceClaimTemplate.validateUpdate?.(aTemplate(bare), aTemplate()))).toEqual([
    `spec: Invalid value: {"labels":{"app":"web"},"Spec":${printed}}: field is immutable`,
  ]);
});

test("templates are judged with their metadata", () => {
  const template = aTemplate({ requests: [{ name: "a" }] });
  const metadata = { name: "x", labels: { "": "" } };
  expect(
    errorTexts(resourceClaimTemplate.validate?.({ ...template, spec: { ...template.spec, metadata } })),
  ).toEqual([
    'spec.metadata.labels: Invalid value: "": name part must be non-empty',
    "spec.metadata.labels: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    "spec.metadata.name: Forbidden: cannot be set",
    "spec.spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required",
  ]);
});

const UID = "0e5dbcb1-9a0c-4b0e-8c7b-5a3b2e4f6d7c";
const result: DeviceRequestAllocationResult = {
  request: "gpu",
  driver: "gpu.example.com",
  pool: "node-1/gpus",
  device: "gpu-0",
};
const device: AllocatedDeviceStatus = {
  driver: result.driver,
  pool: result.pool,
  device: result.device,
  conditions: [],
};
const allocation = { devices: { results: [result] } };
const consumer = { resource: "pods", name: "web", uid: "u" };

describe("resourceClaim.validateStatusUpdate", () => {
  const update = (status: ResourceClaimStatus, before: ResourceClaimStatus = {}) =>
    errorTexts(resourceClaim.validateStatusUpdate?.(aClaim({}, status), aClaim({}, before)));

  test.each<{ name: string; status: ResourceClaimStatus; before?: ResourceClaimStatus; want: string[] }>([
    {
      name: "an allocation",
      status: {
        allocation: {
          devices: {
            results: [{ ...result, shareID: UID, bindingConditions: ["a"], bindingFailureConditions: ["b"] }],
            config: [{ source: "FromClass", opaque: { driver: "a.b", parameters: {} } }],
          },
          nodeSelector: { nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "Exists" }] }] },
        },
        reservedFor: [consumer],
        devices: [{ ...device, shareID: UID, data: { a: 1 }, networkData: { ips: ["10.1.2.3/24"] } }],
      },
      want: [],
    },
    {
      name: "a reservation of nothing",
      status: { reservedFor: [consumer, { resource: "", name: "", uid: "" }, consumer] },
      want: [
        "reservedFor[1].resource: Required value",
        "reservedFor[1].name: Required value",
        "reservedFor[1].uid: Required value",
        'reservedFor[2]: Duplicate value: "u"',
        "reservedFor: Forbidden: may not be specified when `allocated` is not set",
      ],
    },
    {
      name: "a bad result",
      status: {
        allocation: {
          devices: {
            results: [
              {
                request: "other",
                driver: "",
                pool: "a//b",
                device: "A",
                shareID: "x",
                bindingFailureConditions: ["c"],
              },
            ],
            config: [{ source: bad("") }],
          },
          nodeSelector: { nodeSelectorTerms: [] },
        },
      },
      want: [
        `allocation.devices.results[0].request: Invalid value: "other": ${NO_REQUEST}`,
        "allocation.devices.results[0].driver: Required value",
        "allocation.devices.results[0].pool: Invalid value: \"\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        `allocation.devices.results[0].device: Invalid value: "A": ${LABEL_RULE}`,
        "allocation.devices.results[0].bindingConditions: Invalid value: null: bindingConditions are required to use bindingFailureConditions",
        'allocation.devices.results[0].shareID: Invalid value: "x": error validating uid: invalid UUID length: 1',
        "allocation.devices.config[0].source: Required value",
        "allocation.devices.config[0].opaque: Required value",
        "allocation.nodeSelector.nodeSelectorTerms: Required value: must have at least one node selector term",
      ],
    },
    {
      name: "conditions that contradict each other",
      status: {
        allocation: {
          devices: {
            results: [
              { ...result, bindingConditions: ["a", "a"], bindingFailureConditions: ["a", "b", "b"] },
              { ...result, bindingConditions: ["a"] },
            ],
          },
        },
      },
      want: [
        'allocation.devices.results[0].bindingConditions[1]: Duplicate value: "a"',
        'allocation.devices.results[0].bindingFailureConditions[0]: Invalid value: "a": bindingFailureConditions must not overlap with bindingConditions',
        'allocation.devices.results[0].bindingFailureConditions[2]: Duplicate value: "b"',
        "allocation.devices.results[1].bindingFailureConditions: Invalid value: null: bindingFailureConditions are required to use bindingConditions",
      ],
    },
    {
      name: "another allocation",
      status: { allocation: { devices: { results: [{ ...result, device: "gpu-1" }] } } },
      before: { allocation },
      want: [
        'allocation: Invalid value: {"Devices":{"Results":[{"Request":"gpu","Driver":"gpu.example.com","Pool":"node-1/gpus","Device":"gpu-1","AdminAccess":null,"Tolerations":null,"BindingConditions":null,"BindingFailureConditions":null,"ShareID":null,"ConsumedCapacity":null}],"Config":null},"NodeSelector":null,"AllocationTimestamp":null}: field is immutable',
      ],
    },
    {
      name: "the state of bad devices",
      status: {
        devices: [
          {
            ...device,
            conditions: Array.from({ length: 9 }, (_, i) => ({
              type: `T${String(i)}`,
              status: "True",
              reason: "R",
              message: "",
              lastTransitionTime: "2026-01-01T00:00:00Z",
            })),
            data: [],
            networkData: {
              interfaceName: "x".repeat(257),
              hardwareAddress: "x".repeat(129),
              ips: ["10.0.0.1", "10.0.0.01/8", "::ffff:10.0.0.1/120"],
            },
          },
          device,
        ],
      },
      want: [
        'devices[0]: Invalid value: {"Driver":"gpu.example.com","Pool":"node-1/gpus","Device":"gpu-0","ShareID":""}: must be an allocated device in the claim',
        "devices[0].conditions: Too many: 9: must have at most 8 items",
        'devices[0].data: Invalid value: "<value omitted>": must be a valid JSON object',
        "devices[0].networkData.interfaceName: Too long: may not be more than 256 bytes",
        "devices[0].networkData.hardwareAddress: Too long: may not be more than 128 bytes",
        'devices[0].networkData.ips[0]: Invalid value: "10.0.0.1": must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)',
        'devices[0].networkData.ips[1]: Invalid value: "10.0.0.01/8": must be in canonical form ("10.0.0.1/8")',
        'devices[0].networkData.ips[2]: Invalid value: "::ffff:10.0.0.1/120": must be in canonical form ("10.0.0.1/24")',
        'devices[1]: Invalid value: {"Driver":"gpu.example.com","Pool":"node-1/gpus","Device":"gpu-0","ShareID":""}: must be an allocated device in the claim',
        'devices[1]: Duplicate value: {"Driver":"gpu.example.com","Pool":"node-1/gpus","Device":"gpu-0","ShareID":""}',
      ],
    },
  ])("judges $name", ({ status, before, want }) => {
    expect(update(status, before)).toEqual(under("status.", want));
  });

  test.each([
    { shareID: UID.toUpperCase(), problem: /normalized form/ },
    { shareID: UID.replaceAll("-", ""), problem: /normalized form/ },
    { shareID: `{${UID}}`, problem: /normalized form/ },
    { shareID: `urn:uuid:${UID}`, problem: /normalized form/ },
    { shareID: `(${UID})`, problem: /invalid bracketed UUID format/ },
    { shareID: `urn:guid:${UID}`, problem: /invalid urn prefix: "urn:guid:"/ },
    { shareID: UID.replace("0", "x"), problem: /invalid UUID format/ },
    { shareID: UID.replaceAll("-", "").replace("0", "x"), problem: /invalid UUID format/ },
  ])("refuses the share $shareID", ({ shareID, problem }) => {
    const errors = update({ allocation: { devices: { results: [{ ...result, shareID }] } } });
    expect(errors).toEqual([expect.stringMatching(problem)]);
  });

  test("a claim that is being deleted is not reserved again", () => {
    const metadata = metadataOf("gpu", { deletionTimestamp: "2026-01-01T00:00:00Z" });
    const claim = { ...aClaim({}, { allocation, reservedFor: [consumer] }), metadata };
    expect(errorTexts(resourceClaim.validateStatusUpdate?.(claim, claim))).toEqual([]);
    const before = { ...claim, status: { allocation } };
    expect(errorTexts(resourceClaim.validateStatusUpdate?.(claim, before))).toEqual([
      "status.reservedFor: Forbidden: new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set",
    ]);
  });
});

test("what drivers say of a device goes with its allocation", () => {
  const other = { ...device, device: "gpu-1" };
  const before = aClaim({}, { allocation, devices: [device] });
  const prepare = (status: ResourceClaimStatus) =>
    resourceClaim.prepareForStatusUpdate?.(aClaim({}, status), before, someWrite).status;
  expect(prepare({ allocation, devices: [device] })).toEqual({ allocation, devices: [device] });
  expect(prepare({ devices: [device, other] })).toEqual({ devices: [other] });
  expect(prepare({ devices: [device] })).toEqual({});
  expect(prepare({})).toEqual({});
});

describe("the table", () => {
  const deletionTimestamp = "2026-01-01T00:00:00Z";
  test.each<{ status?: ResourceClaimStatus; isDeleted?: boolean; want: string }>([
    { want: "pending" },
    { isDeleted: true, want: "deleted" },
    { status: { allocation }, want: "allocated" },
    { status: { allocation, reservedFor: [consumer] }, isDeleted: true, want: "deleted,allocated,reserved" },
  ])("says $want", ({ status, isDeleted, want }) => {
    const metadata = metadataOf("gpu", isDeleted ? { deletionTimestamp } : {});
    expect(rowOf(resourceClaim, { ...aClaim({}, status), metadata })).toMatchObject({ State: want });
  });
});
