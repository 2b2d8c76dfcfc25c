import { describe, expect, test } from "bun:test";
import type { Event } from "#api/generated/core-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { forbidden, serviceUnavailable } from "#apimachinery/status-error.ts";
import { createClient } from "#client/create-client.ts";
import type { Logger } from "#observability/logger.ts";
import { silentLogger } from "#observability/logger.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { ModelApi } from "#testing/model-api.ts";
import { ApiEventRecorder } from "./event-recorder.ts";

const pod: KubeObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "default", uid: "1", resourceVersion: "7" },
};

interface World extends AsyncDisposable {
  readonly api: ModelApi;
  readonly clock: FakeClock;
  readonly recorder: ApiEventRecorder;
  readonly warnings: string[];
  say(message: string, times?: number): Promise<void>;
  events(): string[];
}

function aWorld(): World {
  const api = new ModelApi();
  const clock = new FakeClock();
  const warnings: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (message) => void warnings.push(message) };
  const source = { component: "kubelet", host: "n1" };
  const recorder = new ApiEventRecorder(source, {
    client: createClient(api),
    clock,
    random: () => 0.5,
    logger,
  });
  return {
    api,
    clock,
    recorder,
    warnings,
    say: async (message, times = 1) => {
      for (let time = 0; time < times; time += 1) {
        recorder.record(pod, { type: "Warning", reason: "BackOff", message });
        await clock.advance(0);
      }
    },
    events: () =>
      (api.objects("events") as readonly Event[]).map(
        ({ count, message }) => `${String(count)}x ${message ?? ""}`,
      ),
    [Symbol.asyncDispose]: () => recorder[Symbol.asyncDispose](),
  };
}

describe("ApiEventRecorder", () => {
  test("writes an event in the form that kubectl describe shows", async () => {
    await using world = aWorld();
    const fieldPath = "spec.containers{web}";
    world.recorder.record(pod, {
      type: "Normal",
      reason: "Started",
      message: "Started container web",
      fieldPath,
    });
    await world.clock.advance(0);
    const [event] = world.api.objects("events");
    expect(event).toMatchObject({
      apiVersion: "v1",
      kind: "Event",
      metadata: { namespace: "default", name: expect.stringMatching(/^web\.[0-9a-f]{16}$/) as string },
      involvedObject: {
        kind: "Pod",
        namespace: "default",
        name: "web",
        uid: "1",
        apiVersion: "v1",
        resourceVersion: "7",
        fieldPath,
      },
      reason: "Started",
      message: "Started container web",
      source: { component: "kubelet", host: "n1" },
      firstTimestamp: "2026-01-01T00:00:00Z",
      lastTimestamp: "2026-01-01T00:00:00Z",
      count: 1,
      type: "Normal",
      reportingComponent: "kubelet",
      reportingInstance: "n1",
    });
  });

  test("puts events of cluster-scoped objects into the default namespace, and odd names aside", async () => {
    await using world = aWorld();
    const node: KubeObject = { apiVersion: "v1", kind: "Node", metadata: { name: "N 1", uid: "n" } };
    world.recorder.record(node, { type: "Normal", reason: "Ready", message: "is ready" });
    await world.clock.advance(0);
    const { metadata } = world.api.objects("events")[0] ?? pod;
    expect(metadata).toMatchObject({
      namespace: "default",
      name: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    });
  });

  test("counts repetitions in one event", async () => {
    await using world = aWorld();
    await world.say("restarting");
    await world.clock.advance(60_000);
    await world.say("restarting", 2);
    expect(world.events()).toEqual(["3x restarting"]);
    expect(world.api.objects("events")[0]).toMatchObject({
      firstTimestamp: "2026-01-01T00:00:00Z",
      lastTimestamp: "2026-01-01T00:01:00Z",
    });
  });

  test("starts anew when the event it repeats has been deleted", async () => {
    await using world = aWorld();
    await world.say("restarting");
    world.api.remove("events", world.api.objects("events")[0]?.metadata ?? { name: "" });
    await world.say("restarting");
    expect(world.events()).toEqual(["2x restarting"]);
  });

  test("combines events that differ only in their message, from the tenth on", async () => {
    await using world = aWorld();
    for (let index = 1; index <= 12; index += 1) await world.say(`attempt ${String(index)}`);
    expect(world.events().slice(8)).toEqual([
      "1x attempt 9",
      "3x (combined from similar events): attempt 12",
    ]);
  });

  test("lets 25 events about an object through and then one in five minutes", async () => {
    await using world = aWorld();
    await world.say("again", 40);
    expect(world.events()).toEqual(["25x again"]);
    await world.clock.advance(300_000);
    await world.say("again", 5);
    // What was dropped is counted all the same when the next one gets through.
    expect(world.events()).toEqual(["41x again"]);
  });

  test("tries again while the server is away, and gives up what it refuses", async () => {
    await using world = aWorld();
    world.api.failWith(() => serviceUnavailable("connection refused"));
    await world.say("late");
    await world.clock.advance(30_000);
    expect(world.events()).toEqual([]);
    world.api.failWith(undefined);
    await world.clock.advance(10_000);
    expect(world.events()).toEqual(["1x late"]);
    world.api.failWith(({ target }) => forbidden(target, "x", "no"));
    await world.say("refused");
    world.api.failWith(undefined);
    await world.clock.advance(60_000);
    expect(world.events()).toEqual(["1x late"]);
    expect(world.warnings).toEqual(["Could not write event"]);
  });

  test("drops events rather than memory when too many wait", async () => {
    await using world = aWorld();
    world.api.failWith(() => serviceUnavailable("connection refused"));
    await world.say("first");
    for (let index = 0; index < 1100; index += 1) {
      world.recorder.record(pod, { type: "Normal", reason: `R${String(index)}`, message: "m" });
    }
    expect(world.warnings).toHaveLength(100);
  });
});
