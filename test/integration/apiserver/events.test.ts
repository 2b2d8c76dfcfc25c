import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Resource } from "#api/resource.ts";
import { metadataOf } from "#testing/metadata.ts";
import { anEvent as anOldEvent } from "#testing/objects.ts";
import { failureOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server[Symbol.asyncDispose]());

function events(group: "" | "events.k8s.io"): { readonly kind: Resource; readonly namespace: string } {
  const served = server.state.registry.find({ group, version: "v1", resource: "events" });
  if (served === undefined) throw new TypeError("events are not served");
  return { kind: served.resource, namespace: "default" };
}

const { uid: _uid, ...metadata } = metadataOf("started");
const event = {
  apiVersion: "events.k8s.io/v1",
  kind: "Event",
  metadata,
  eventTime: "2026-01-31T09:59:00.000000Z",
  type: "Normal",
  reason: "Started",
  action: "Starting",
  note: "Started container app",
  regarding: { kind: "Pod", name: "web", namespace: "default" },
  reportingController: "kubelet",
  reportingInstance: "node-1",
};

describe("an event of events.k8s.io", () => {
  test("is the same object in core/v1", async () => {
    await server.send(events("events.k8s.io"), { verb: "create", object: event });
    const one = { ...events(""), name: "started" };
    const { object } = await server.sendForObject(one, { verb: "get" });
    expect(object).toMatchObject({
      apiVersion: "v1",
      message: "Started container app",
      involvedObject: { kind: "Pod", name: "web" },
      reportingComponent: "kubelet",
    });
    expect(server.store.count("/registry/events/default/")).toBe(1);
  });

  test("is found by the names that its fields have here", async () => {
    await server.send(events("events.k8s.io"), { verb: "create", object: event });
    const options = { fieldSelector: "regarding.name=web,reportingController=kubelet" };
    const { list } = await server.sendForList(events("events.k8s.io"), { verb: "list", options });
    expect(list.items).toHaveLength(1);
  });

  test("has to be of the new sort", async () => {
    const { uid: _, ...oldMetadata } = metadataOf("old");
    const { eventTime: _time, ...untimed } = { ...event, metadata: oldMetadata };
    expect(await failureOf(server.send(events("events.k8s.io"), { verb: "create", object: untimed }))).toBe(
      '422 Invalid: Event "old" is invalid: eventTime: Required value',
    );
    const old = { ...anOldEvent("old"), metadata: oldMetadata };
    expect((await server.sendForObject(events(""), { verb: "create", object: old })).code).toBe(201);
  });

  test("says for ever what happened", async () => {
    await server.send(events("events.k8s.io"), { verb: "create", object: event });
    const changed = { ...event, note: "Something else" };
    const one = { ...events("events.k8s.io"), name: "started" };
    expect(await failureOf(server.send(one, { verb: "update", object: changed }))).toBe(
      '422 Invalid: Event "started" is invalid: message: Invalid value: "Something else": field is immutable',
    );
    const patch = { message: "Something else" };
    const patched = server.sendForObject(
      { ...events(""), name: "started" },
      { verb: "patch", patchType: "merge", patch },
    );
    expect((await patched).code).toBe(200);
  });
});
