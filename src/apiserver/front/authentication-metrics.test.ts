import { expect, test } from "bun:test";
import { Metrics } from "#observability/metrics.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { AuthenticationMetrics, type AuthenticationResult } from "./authentication-metrics.ts";

const cases: readonly {
  name: string;
  result: AuthenticationResult;
  user?: string;
  label?: string;
}[] = [
  { name: "somebody", result: "success", user: "jane", label: "other" },
  { name: "somebody with an address", result: "success", user: "jane@example.com", label: "email_id" },
  { name: "a component", result: "success", user: "kubelet", label: "kubelet" },
  { name: "nobody", result: "failure" },
  { name: "a stranger", result: "error" },
];

test.each(cases)("$name is counted", async ({ result, user, label }) => {
  const [metrics, clock] = [new Metrics(), new FakeClock()];
  const end = new AuthenticationMetrics(metrics).start(clock);
  await clock.advance(3);
  end(result, user);
  const text = await metrics.expose();
  expect(text).toContain(`authentication_attempts{result="${result}"} 1`);
  expect(text).toContain(`authentication_duration_seconds_bucket{result="${result}",le="0.004"} 1`);
  const users = /^authenticated_user_requests\{.*$/m.exec(text)?.[0];
  expect(users).toBe(label && `authenticated_user_requests{username="${label}"} 1`);
});
