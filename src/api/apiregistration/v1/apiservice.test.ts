import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf, someWrite } from "#testing/kinds.ts";
import { clusterMetadataOf } from "#testing/metadata.ts";
import type { APIService, APIServiceSpec, APIServiceStatus } from "../../generated/apiregistration-v1.ts";
import { apiService } from "./apiservice.ts";

const service = { namespace: "default", name: "extension" };

function anAPIService(spec: Partial<APIServiceSpec> = {}, status?: APIServiceStatus): APIService {
  const object: APIService = {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: clusterMetadataOf("v1.example.com"),
    spec: { group: "example.com", version: "v1", groupPriorityMinimum: 1000, versionPriority: 15, ...spec },
    ...(status && { status }),
  };
  return apiService.setDefaults?.(object) ?? object;
}

test("services listen at port 443 by default", () => {
  expect(anAPIService({ service }).spec.service).toEqual({ ...service, port: 443 });
});

test("what the server itself serves is available at once", () => {
  const { now } = someWrite;
  expect(apiService.prepareForCreate?.(anAPIService(), someWrite).status).toEqual({
    conditions: [
      {
        type: "Available",
        status: "True",
        lastTransitionTime: now,
        reason: "Local",
        message: "Local APIServices are always available",
      },
    ],
  });
  expect(apiService.prepareForCreate?.(anAPIService({ service }), someWrite).status).toBeUndefined();
});

describe("apiService.validate", () => {
  test.each<{ name: string; spec: Partial<APIServiceSpec>; want: string[] }>([
    { name: "a local service", spec: {}, want: [] },
    { name: "a remote service", spec: { service, caBundle: "eA==" }, want: [] },
    {
      name: "another name",
      spec: { version: "v2" },
      want: [
        'metadata.name: Invalid value: "v1.example.com": must be `spec.version+"."+spec.group`: "v2.example.com"',
      ],
    },
    {
      name: "bad priorities",
      spec: { groupPriorityMinimum: 20001, versionPriority: 0 },
      want: [
        "spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000",
        "spec.versionPriority: Invalid value: 0: must be positive and less than 1000",
      ],
    },
    {
      name: "a local service with settings for a remote one",
      spec: { caBundle: "eHh4", insecureSkipTLSVerify: true },
      want: [
        'spec.caBundle: Invalid value: "3 bytes": local APIServices may not have a caBundle',
        "spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify",
      ],
    },
    {
      name: "a remote service that is nowhere",
      spec: { service: { port: 0 }, caBundle: "eA==", insecureSkipTLSVerify: true },
      want: [
        "spec.service.namespace: Required value",
        "spec.service.name: Required value",
        "spec.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive",
        "spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present",
      ],
    },
  ])("judges $name", ({ spec, want }) => {
    expect(errorTexts(apiService.validate?.(anAPIService(spec)))).toEqual(want);
  });

  test("only the old group has no name", () => {
    const coreGroup = anAPIService({ group: "", version: "v1" });
    expect(apiService.validate?.({ ...coreGroup, metadata: clusterMetadataOf("v1.") })).toEqual([]);
    const other = anAPIService({ group: "", version: "v2" });
    expect(errorTexts(apiService.validate?.({ ...other, metadata: clusterMetadataOf("v2.") }))).toEqual([
      "spec.group: Required value: only v1 may have an empty group and it better be legacy kube",
    ]);
  });
});

test("conditions are true, false or unknown", () => {
  const next = anAPIService({}, { conditions: [{ type: "Available", status: "Maybe" }] });
  expect(errorTexts(apiService.validateStatusUpdate?.(next, next))).toEqual([
    'status.conditions[0].status: Unsupported value: "Maybe": supported values: "True", "False", "Unknown"',
  ]);
});

describe("the table", () => {
  test.each<{ spec?: Partial<APIServiceSpec>; status?: APIServiceStatus; want: object }>([
    { want: { Service: "Local", Available: "Unknown" } },
    {
      spec: { service },
      status: { conditions: [{ type: "Available", status: "True", reason: "Passed" }] },
      want: { Service: "default/extension", Available: "True" },
    },
    {
      status: { conditions: [{ type: "Available", status: "False", reason: "ServiceNotFound" }] },
      want: { Available: "False (ServiceNotFound)" },
    },
  ])("shows $want", ({ spec, status, want }) => {
    expect(rowOf(apiService, anAPIService(spec, status))).toMatchObject(want);
  });
});
