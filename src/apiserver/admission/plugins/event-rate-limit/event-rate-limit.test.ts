import { expect, test } from "bun:test";
import { admit, anAdmissionEnvironment, anAdmissionRequest } from "#testing/admission.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { anEvent } from "#testing/objects.ts";
import type { EventLimit } from "./event-limits.ts";
import { eventRateLimit } from "./event-rate-limit.ts";

const limit = (type: EventLimit["type"], burst: number, more: Partial<EventLimit> = {}): EventLimit => ({
  type,
  qps: 1,
  burst,
  ...more,
});

/** `user namespace/object`, and a number for seconds that pass. */
type Step = string | number;

async function play(limits: readonly EventLimit[], steps: readonly Step[]): Promise<readonly string[]> {
  const plugin = eventRateLimit(limits);
  const clock = new FakeClock();
  const environment = anAdmissionEnvironment([], { clock });
  const outcomes: string[] = [];
  for (const step of steps) {
    if (typeof step === "number") {
      await clock.advance(step * 1000);
      continue;
    }
    const [name = "", place = ""] = step.split(" ");
    const [namespace = "", object = ""] = place.split("/");
    const request = anAdmissionRequest(`CREATE events ${namespace}/e`, {
      object: { ...anEvent("e"), source: { component: "c" }, involvedObject: { name: object } } as never,
      user: { name, groups: [] },
    });
    const outcome = await admit(plugin, request, environment);
    outcomes.push(typeof outcome === "string" ? outcome : "ok");
  }
  return outcomes;
}

const reached = (type: string, key: string): string => `limit reached on type ${type} for key ${key}`;

test.each<[string, readonly EventLimit[], readonly Step[], readonly string[]]>([
  [
    "of the server",
    [limit("Server", 2)],
    ["jane a/x", "joe b/y", "jane c/z", 1, "joe b/y"],
    ["ok", "ok", reached("Server", ""), "ok"],
  ],
  [
    "of a namespace",
    [limit("Namespace", 1)],
    ["jane a/x", "jane a/y", "jane b/x"],
    ["ok", reached("Namespace", "a"), "ok"],
  ],
  [
    "of a user",
    [limit("User", 1)],
    ["jane a/x", "jane b/y", "joe a/x"],
    ["ok", reached("User", "jane"), "ok"],
  ],
  [
    "of an object",
    [limit("SourceAndObject", 1)],
    ["jane a/x", "jane a/x", "jane a/y"],
    ["ok", reached("SourceAndObject", "cx"), "ok"],
  ],
  [
    "of both, the last one is told of",
    [limit("Server", 1), limit("User", 1)],
    ["jane a/x", "jane a/x", "joe a/x"],
    ["ok", reached("User", "jane"), reached("Server", "")],
  ],
  [
    "of so many that the first is forgotten",
    [limit("User", 1, { cacheSize: 1 })],
    ["jane a/x", "joe a/x", "jane a/x"],
    ["ok", "ok", "ok"],
  ],
])("a limit %s", async (_, limits, steps, want) => {
  expect(await play(limits, steps)).toEqual(want);
});
