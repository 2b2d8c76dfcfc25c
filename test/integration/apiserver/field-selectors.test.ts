/** What lists of each kind can be selected by (`AddFieldLabelConversionFunc` of kube-apiserver). */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { kinds } from "#api/kinds.ts";
import type { Resource } from "#api/resource.ts";
import { qualifiedName } from "#apiserver/registry/served-resource.ts";
import { failureOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

const EVENT_SUBJECT = ["apiVersion", "fieldPath", "kind", "name", "namespace", "resourceVersion", "uid"];

/** Of kinds that have fields of their own, these. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  "certificatesigningrequests.certificates.k8s.io": ["spec.signerName"],
  events: [
    ...EVENT_SUBJECT.map((field) => `involvedObject.${field}`),
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
  "events.events.k8s.io": [
    ...EVENT_SUBJECT.map((field) => `regarding.${field}`),
    "reason",
    "reportingController",
    "type",
  ],
  "jobs.batch": ["status.successful"],
  namespaces: ["status.phase"],
  nodes: ["spec.unschedulable"],
  pods: [
    "spec.host",
    "spec.hostNetwork",
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "status.nominatedNodeName",
    "status.phase",
    "status.podIP",
    "status.podIPs",
  ],
  "replicasets.apps": ["status.replicas"],
  replicationcontrollers: ["status.replicas"],
  "resourceslices.resource.k8s.io": ["spec.driver", "spec.nodeName"],
  secrets: ["type"],
  services: ["spec.clusterIP", "spec.type"],
};

/** Kinds that say it otherwise when they cannot be selected by a field. */
const REFUSALS: Readonly<Record<string, string>> = {
  "jobs.batch": 'field label "spec.x" not supported for batchv1.Job',
  "resourceslices.resource.k8s.io":
    "field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: spec.x",
};

const listed = kinds
  .filter(({ resource }) => resource.verbs.includes("list"))
  .map(({ resource }) => ({
    resource,
    name: qualifiedName({ group: resource.group, resource: resource.name }),
  }));

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const select = (resource: Resource, fieldSelector: string) =>
  server.sendForList({ kind: resource }, { verb: "list", options: { fieldSelector } });

test("every name in the tables is that of a kind", () => {
  const names = new Set(listed.map(({ name }) => name));
  expect([...Object.keys(FIELDS), ...Object.keys(REFUSALS)].filter((name) => !names.has(name))).toEqual([]);
});

describe.each(listed)("$name $resource.version", ({ resource, name }) => {
  const own = FIELDS[name];

  test("can be selected by its fields", async () => {
    const isPlaced = resource.namespaced || own === undefined;
    for (const field of ["metadata.name", ...(isPlaced ? ["metadata.namespace"] : []), ...(own ?? [])]) {
      const { list } = await select(resource, `${field}=nowhere/at all`);
      expect(list.items, field).toEqual([]);
    }
  });

  test("cannot be selected by others", async () => {
    const refusal =
      own === undefined
        ? '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"'
        : (REFUSALS[name] ?? "field label not supported: spec.x");
    expect(await failureOf(select(resource, "spec.x=1"))).toBe(`400 BadRequest: ${refusal}`);
  });

  if (resource.namespaced || own === undefined) return;
  test("is in no namespace", async () => {
    expect(await failureOf(select(resource, "metadata.namespace=a"))).toContain("metadata.namespace");
  });
});
