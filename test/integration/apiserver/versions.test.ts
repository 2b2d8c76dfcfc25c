/** Resources that are served in several versions: whatever is written in one is the same object in the other. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { builtInResource, type Resource } from "#api/resource.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { startServer, type TestServer } from "./server.ts";

interface Version {
  readonly resource: Resource;
  /** Objects of this version, without metadata. */
  readonly contents: fc.Arbitrary<object>;
}

const quantity = fc.constantFrom("100m", "2", "1500m");
const percent = fc.integer({ min: 1, max: 100 });
const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };

const autoscalerV1: fc.Arbitrary<object> = fc.record({
  spec: fc.record(
    {
      scaleTargetRef: fc.constant(scaleTargetRef),
      minReplicas: fc.integer({ min: 1, max: 3 }),
      maxReplicas: fc.integer({ min: 3, max: 9 }),
      targetCPUUtilizationPercentage: percent,
    },
    { requiredKeys: ["scaleTargetRef", "maxReplicas", "targetCPUUtilizationPercentage"] },
  ),
});

const podMetric = fc.record({
  type: fc.constant("Pods"),
  pods: fc.record({
    metric: fc.record({ name: fc.constantFrom("requests", "errors") }),
    target: fc.record({ type: fc.constant("AverageValue"), averageValue: quantity }),
  }),
});
const resourceMetric = (name: string) =>
  fc.record({
    type: fc.constant("Resource"),
    resource: fc.record({
      name: fc.constant(name),
      target: fc.record({ type: fc.constant("Utilization"), averageUtilization: percent }),
    }),
  });
const autoscalerV2: fc.Arbitrary<object> = fc.record({
  spec: fc.record(
    {
      scaleTargetRef: fc.constant(scaleTargetRef),
      minReplicas: fc.integer({ min: 1, max: 3 }),
      maxReplicas: fc.integer({ min: 3, max: 9 }),
      metrics: fc.tuple(podMetric, resourceMetric("memory"), resourceMetric("cpu")),
      behavior: fc.record({
        scaleDown: fc.record({
          stabilizationWindowSeconds: fc.nat(600),
          policies: fc.tuple(
            fc.record({
              type: fc.constantFrom("Pods", "Percent"),
              value: percent,
              periodSeconds: percent,
            }),
          ),
        }),
      }),
    },
    { requiredKeys: ["scaleTargetRef", "maxReplicas", "metrics"] },
  ),
});

const text = fc.constantFrom("", "web", "node-1");
const reference = fc.record({
  kind: fc.constantFrom("Pod", "Node"),
  name: fc.constant("web"),
  namespace: fc.constant("default"),
  fieldPath: text,
});
const oldEvent: fc.Arbitrary<object> = fc.record(
  {
    involvedObject: reference,
    reason: fc.constantFrom("Started", "Killing"),
    message: fc.string({ maxLength: 20 }),
    type: fc.constantFrom("Normal", "Warning"),
    source: fc.record({ component: text, host: text }),
    count: fc.nat(9),
    firstTimestamp: fc.constant("2026-01-01T00:00:00Z"),
    lastTimestamp: fc.constant("2026-01-01T00:00:01Z"),
  },
  { requiredKeys: ["involvedObject", "reason", "type"] },
);
const newEvent: fc.Arbitrary<object> = fc.record(
  {
    regarding: reference,
    related: reference,
    reason: fc.constantFrom("Started", "Killing"),
    action: fc.constant("Starting"),
    note: fc.string({ maxLength: 20 }),
    type: fc.constantFrom("Normal", "Warning"),
    eventTime: fc.constant("2026-01-01T00:00:00.123456Z"),
    reportingController: fc.constant("example.com/web"),
    reportingInstance: fc.constantFrom("web", "node-1"),
    series: fc.record({
      count: fc.integer({ min: 2, max: 9 }),
      lastObservedTime: fc.constant("2026-01-01T00:00:01.000000Z"),
    }),
  },
  {
    requiredKeys: [
      "regarding",
      "reason",
      "action",
      "type",
      "eventTime",
      "reportingController",
      "reportingInstance",
    ],
  },
);

const autoscalers: readonly Version[] = [
  { resource: builtInResource("autoscaling", "v1", "HorizontalPodAutoscaler"), contents: autoscalerV1 },
  { resource: builtInResource("autoscaling", "v2", "HorizontalPodAutoscaler"), contents: autoscalerV2 },
];
const events: readonly Version[] = [
  { resource: builtInResource("", "v1", "Event"), contents: oldEvent },
  { resource: builtInResource("events.k8s.io", "v1", "Event"), contents: newEvent },
];

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ core: { admission: [] } });
});
afterAll(() => server[Symbol.asyncDispose]());

const namespace = "default";
const placeOf = ({ resource }: Version) => ({ kind: resource, namespace });
const oneOf = (version: Version) => ({ ...placeOf(version), name: "a" });
const get = async (version: Version): Promise<KubeObject> =>
  (await server.sendForObject(oneOf(version), { verb: "get" })).object;

const pairs = [autoscalers, autoscalers.toReversed(), events, events.toReversed()].map((pair) => ({
  name: pair.map(({ resource: { group, version, name } }) => `${group}/${version} ${name}`).join(" and "),
  pair: pair as [Version, Version],
}));

describe.each(pairs)("$name", ({ pair: [own, other] }) => {
  test("are one object, which nothing of is lost in either", async () => {
    await fc.assert(
      fc.asyncProperty(own.contents, async (contents) => {
        const object = { metadata: { name: "a", labels: { app: "web" } }, ...contents };
        await server.send(placeOf(own), { verb: "create", object });
        const written = await get(own);
        const seen = await get(other);
        expect(seen.apiVersion).not.toBe(written.apiVersion);
        for (const field of [
          "uid",
          "resourceVersion",
          "labels",
          "creationTimestamp",
          "managedFields",
        ] as const) {
          expect(seen.metadata[field], field).toEqual(written.metadata[field] as never);
        }
        // What is read in one version can be written back in it, and has not changed in the other.
        await server.send(oneOf(other), { verb: "update", object: seen });
        expect(await get(own)).toEqual(written);
        expect(await get(other)).toEqual(seen);
        await server.send(oneOf(other), { verb: "delete" });
      }),
      { numRuns: 30 },
    );
  });

  test("are watched in both", async () => {
    const resourceVersion = String(server.store.revision);
    await using ownWatch = await server.watch(placeOf(own), { resourceVersion });
    await using otherWatch = await server.watch(placeOf(other), { resourceVersion });
    const [contents = {}] = fc.sample(own.contents, { numRuns: 1, seed: 1 });
    await server.send(placeOf(own), { verb: "create", object: { metadata: { name: "a" }, ...contents } });
    const patch = { metadata: { labels: { changed: "true" } } };
    await server.send(oneOf(other), { verb: "patch", patchType: "merge", patch });
    await server.send(oneOf(own), { verb: "delete" });
    const [ownEvents, otherEvents] = [await ownWatch.take(), await otherWatch.take()];
    expect(ownEvents).toHaveLength(3);
    expect(otherEvents).toEqual([...ownEvents]);
  });

  test("show each watcher its own version", async () => {
    await using watching = await server.watch(placeOf(own), {
      resourceVersion: String(server.store.revision),
      allowWatchBookmarks: true,
    });
    const [contents = {}] = fc.sample(other.contents, { numRuns: 1, seed: 1 });
    await server.send(placeOf(other), { verb: "create", object: { metadata: { name: "a" }, ...contents } });
    await server.send(oneOf(other), { verb: "delete" });
    await watching.settled();
    await server.clock.advance(60_000);
    await watching.settled();
    expect(watching.events.map(({ type }) => type)).toEqual(["ADDED", "DELETED", "BOOKMARK"]);
    const { group, version } = own.resource;
    const apiVersion = group === "" ? version : `${group}/${version}`;
    expect(watching.events.map(({ object }) => object.apiVersion)).toEqual([
      apiVersion,
      apiVersion,
      apiVersion,
    ]);
  });
});
