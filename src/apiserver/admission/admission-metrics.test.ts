import { expect, test } from "bun:test";
import { badRequest } from "#apimachinery/status-error.ts";
import { Metrics } from "#observability/metrics.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { AdmissionMetrics } from "./admission-metrics.ts";

const refusal = badRequest("no");
const cases: readonly { name: string; work: (clock: FakeClock) => unknown; rejected: boolean }[] = [
  { name: "an answer", work: () => undefined, rejected: false },
  { name: "a refusal", work: () => refusal, rejected: true },
  { name: "a later answer", work: (clock) => clock.advance(10), rejected: false },
  { name: "a later refusal", work: (clock) => clock.advance(10).then(() => refusal), rejected: true },
  {
    name: "a refusal that is thrown",
    work: () => {
      throw refusal;
    },
    rejected: true,
  },
  {
    name: "a refusal that is thrown later",
    work: (clock) => clock.advance(10).then(() => Promise.reject(refusal)),
    rejected: true,
  },
];

test.each(cases)("$name is measured", async ({ work, rejected }) => {
  const [metrics, clock] = [new Metrics(), new FakeClock()];
  const timer = new AdmissionMetrics(metrics, { clock }).plugin("LimitRanger", "validate", "CREATE");
  const startedAt = clock.now();
  await (async () => timer.time(() => work(clock)))().catch(() => undefined);
  const labels = `name="LimitRanger",type="validate",operation="CREATE",rejected="${String(rejected)}"`;
  const text = await metrics.expose();
  const name = "apiserver_admission_controller_admission_duration_seconds";
  expect(text).toContain(`${name}_count{${labels}} 1`);
  expect(text).toContain(`${name}_sum{${labels}} ${String((clock.now() - startedAt) / 1000)}`);
});
