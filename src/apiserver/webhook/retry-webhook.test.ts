import { describe, expect, test } from "bun:test";
import { internalError, notFound, StatusError } from "#apimachinery/status-error.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { type RetryOptions, retryWebhook } from "./retry-webhook.ts";

async function attemptsAt(failure: Error, options: RetryOptions = {}): Promise<readonly number[]> {
  const clock = new FakeClock();
  const start = clock.now();
  const at: number[] = [];
  const fail = (): Promise<never> => {
    at.push(clock.now() - start);
    return Promise.reject(failure);
  };
  const outcome = retryWebhook(fail, options, { clock, random: () => 0 }).catch((error: unknown) => error);
  for (let ms = 0; ms < 10_000; ms += 25) await clock.advance(25);
  expect(await outcome).toBe(failure);
  return at;
}

const FIVE = [0, 500, 1250, 2375, 4062.5];

describe("retryWebhook", () => {
  const cases: { name: string; failure: Error; at: readonly number[]; options?: RetryOptions }[] = [
    { name: "an error of the webhook", failure: internalError("busy"), at: FIVE },
    {
      name: "a lost connection",
      failure: new Error('Post "https://w": read tcp: connection reset by peer'),
      at: FIVE,
    },
    { name: "a refusal", failure: notFound({ group: "", resource: "pods" }, "a"), at: [0] },
    { name: "nobody there", failure: new Error("dial tcp: connect: connection refused"), at: [0] },
    {
      name: "a wish to be asked later",
      failure: new StatusError({
        kind: "Status",
        apiVersion: "v1",
        metadata: {},
        status: "Failure",
        code: 503,
        details: { retryAfterSeconds: 1 },
      }),
      at: FIVE,
    },
    {
      name: "anything, where the caller says so",
      failure: new Error("no"),
      options: { isPassing: () => true, initialMs: 100 },
      at: [0, 100, 250, 475, 812.5],
    },
  ];
  test.each(cases)("after $name", async ({ failure, at, options }) => {
    expect(await attemptsAt(failure, options)).toEqual([...at]);
  });
});
