/** What the strategies of kube-apiserver allow for each kind, seen through requests. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Kind } from "#api/kind.ts";
import { kinds } from "#api/kinds.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { qualifiedName } from "#apiserver/registry/served-resource.ts";
import { absentObject } from "./absent-object.ts";
import { failureOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

/** An update of what is not there creates it (`AllowCreateOnUpdate`). */
const CREATED_BY_UPDATE = [
  "clusterrolebindings.rbac.authorization.k8s.io",
  "clusterroles.rbac.authorization.k8s.io",
  "endpoints",
  "events",
  "events.events.k8s.io",
  "leases.coordination.k8s.io",
  "limitranges",
  "rolebindings.rbac.authorization.k8s.io",
  "roles.rbac.authorization.k8s.io",
  "runtimeclasses.node.k8s.io",
  "services",
];

/** An update must say which state it is about (not `AllowUnconditionalUpdate`). */
const UPDATED_AT_REVISION = [
  "apiservices.apiregistration.k8s.io",
  "csidrivers.storage.k8s.io",
  "csinodes.storage.k8s.io",
  "csistoragecapacities.storage.k8s.io",
  "customresourcedefinitions.apiextensions.k8s.io",
  "leases.coordination.k8s.io",
  "mutatingadmissionpolicies.admissionregistration.k8s.io",
  "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
  "mutatingwebhookconfigurations.admissionregistration.k8s.io",
  "poddisruptionbudgets.policy",
  "runtimeclasses.node.k8s.io",
  "validatingadmissionpolicies.admissionregistration.k8s.io",
  "validatingadmissionpolicybindings.admissionregistration.k8s.io",
  "validatingwebhookconfigurations.admissionregistration.k8s.io",
  "volumeattachments.storage.k8s.io",
];

/** Objects begin with the generation 1. */
const WITH_GENERATION = [
  "cronjobs.batch",
  "customresourcedefinitions.apiextensions.k8s.io",
  "daemonsets.apps",
  "deployments.apps",
  "deviceclasses.resource.k8s.io",
  "endpointslices.discovery.k8s.io",
  "flowschemas.flowcontrol.apiserver.k8s.io",
  "ingressclasses.networking.k8s.io",
  "ingresses.networking.k8s.io",
  "jobs.batch",
  "mutatingadmissionpolicies.admissionregistration.k8s.io",
  "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
  "mutatingwebhookconfigurations.admissionregistration.k8s.io",
  "networkpolicies.networking.k8s.io",
  "poddisruptionbudgets.policy",
  "pods",
  "podtemplates",
  "priorityclasses.scheduling.k8s.io",
  "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io",
  "replicasets.apps",
  "replicationcontrollers",
  "resourceslices.resource.k8s.io",
  "statefulsets.apps",
  "validatingadmissionpolicies.admissionregistration.k8s.io",
  "validatingadmissionpolicybindings.admissionregistration.k8s.io",
  "validatingwebhookconfigurations.admissionregistration.k8s.io",
];

const stored = kinds
  .filter(({ resource }) => resource.verbs.includes("update") && resource.verbs.includes("watch"))
  .map((kind) => ({ kind, name: nameOf(kind) }));

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ core: { admission: [] } });
});
afterAll(() => server[Symbol.asyncDispose]());

test("every name in the tables is that of a kind", () => {
  const names = new Set(stored.map(({ name }) => name));
  const unknown = [...CREATED_BY_UPDATE, ...UPDATED_AT_REVISION, ...WITH_GENERATION].filter(
    (name) => !names.has(name),
  );
  expect(unknown).toEqual([]);
});

describe.each(stored)("$name $kind.resource.version", ({ kind, name }) => {
  test("is created by updates, or not", async () => {
    const { one, object } = await absentObject(server, kind.resource);
    const update = server.sendForObject(one, { verb: "update", object });
    const code = await update.then(({ code }) => String(code)).catch(() => failureOf(update));
    const isCreated = CREATED_BY_UPDATE.includes(name);
    expect(code).toBe(isCreated ? "201" : `404 NotFound: ${name} "${one.name}" not found`);
  });

  test("is updated without a revision, or not", async () => {
    const { one, place, object } = await absentObject(server, kind.resource);
    const { object: created } = await server.sendForObject(place, { verb: "create", object });
    const { resourceVersion: _version, ...metadata } = created.metadata;
    const next = { ...created, metadata: { ...metadata, labels: { changed: "true" } } };
    const update = server.sendForObject(one, { verb: "update", object: next });
    const code = await update.then(({ code }) => String(code)).catch(() => failureOf(update));
    const isConditional = UPDATED_AT_REVISION.includes(name);
    expect(code).toBe(
      isConditional
        ? `422 Invalid: ${name} "${one.name}" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update`
        : "200",
    );
  });

  test("has generations, or not", async () => {
    const { place, object } = await absentObject(server, kind.resource);
    const { object: created } = await server.sendForObject(place, { verb: "create", object });
    expect(created.metadata.generation).toBe(WITH_GENERATION.includes(name) ? 1 : undefined);
  });
});

test("drivers of volumes get a generation with their first change", async () => {
  const spec = { attachRequired: true, podInfoOnMount: false };
  const driver = { apiVersion: "storage.k8s.io/v1", kind: "CSIDriver", spec } as const;
  const created = await server.client.create("CSIDriver", { ...driver, metadata: { name: "a.com" } });
  expect(created.metadata.generation).toBeUndefined();
  const next = { ...created, spec: { ...created.spec, podInfoOnMount: true } };
  expect((await server.client.update("CSIDriver", next)).metadata.generation).toBe(1);
});

const reporting = stored.filter(
  ({ kind: { resource } }) =>
    resource.subresources.some(({ name }) => name === "status") &&
    // The server itself reports on definitions, and would be ahead of the test.
    resource.kind !== "CustomResourceDefinition",
);

test.each(reporting)("$name $kind.resource.version keep spec and status apart", async ({ kind }) => {
  const { one, place, object } = await absentObject(server, kind.resource);
  const { object: created } = await server.sendForObject(place, { verb: "create", object });
  const { status, ...desired } = created as Parts;
  const labelled = { ...desired, metadata: { ...desired.metadata, labels: { changed: "true" } } };
  const { object: updated } = await server.sendForObject(one, {
    verb: "update",
    object: { ...labelled, status: {} },
  });
  expect((updated as Parts).status).toEqual(status);
  const { spec, ...reported } = updated as Parts;
  const part = { ...one, subresource: "status" };
  const { object: after } = await server.sendForObject(part, { verb: "update", object: reported });
  expect((after as Parts).spec).toEqual(spec);
  expect(after.metadata.generation).toBe(updated.metadata.generation);
});

type Parts = KubeObject & { readonly spec?: unknown; readonly status?: unknown };

function nameOf({ resource: { group, name } }: Kind): string {
  return qualifiedName({ group, resource: name });
}
