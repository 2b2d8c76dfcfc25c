import { describe, expect, test } from "bun:test";
import { unexpectedResponse } from "#apimachinery/status-error.ts";
import { silentLogger } from "#observability/logger.ts";
import { Metrics } from "#observability/metrics.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { WebhookTimeout } from "../../webhook/kubeconfig-webhook.ts";
import { AuthorizationMetrics } from "../authorization-metrics.ts";
import type { AuthorizationAttributes, Decision } from "../authorizer.ts";
import {
  WebhookAuthorizer,
  type WebhookAuthorizerDependencies,
  type WebhookAuthorizerOptions,
} from "./webhook-authorizer.ts";

type Answer = object | Error;

function ask(user: string, more: object = {}): AuthorizationAttributes {
  const target = { group: "", version: "v1", resource: "pods", subresource: "", namespace: "", name: "" };
  return { type: "resource", user: { name: user, groups: [] }, verb: "get", ...target, ...more };
}

/** A webhook that gives one answer after the other, the last one again and again. */
function anAuthorizer(
  answers: readonly Answer[],
  options: Partial<WebhookAuthorizerOptions> = {},
  conditions?: WebhookAuthorizerDependencies["conditions"],
) {
  const metrics = new Metrics();
  // Pauses take no time.
  const clock = Object.assign(new FakeClock(), { sleep: () => Promise.resolve() });
  let calls = 0;
  const post = (): Promise<object> => {
    const answer = answers[Math.min(calls, answers.length - 1)] ?? {};
    calls += 1;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const authorizer = new WebhookAuthorizer(
    {
      name: "w",
      authorizedTtlMs: 300_000,
      unauthorizedTtlMs: 30_000,
      subjectAccessReviewVersion: "v1",
      failurePolicy: "NoOpinion",
      ...options,
    },
    {
      webhook: { post },
      conditions,
      clock,
      random: () => 0,
      logger: silentLogger,
      metrics: new AuthorizationMetrics(metrics),
    },
  );
  return { authorizer, clock, metrics, calls: () => calls };
}

const allowed = { status: { allowed: true, reason: "good" } };
const undecided = { status: { allowed: false, reason: "who?" } };
const denied = { status: { allowed: false, denied: true, reason: "bad" } };
const broken = new Error("no connection");

describe("WebhookAuthorizer", () => {
  const cases: { name: string; answer: Answer; options?: object; decision: Decision }[] = [
    { name: "allows", answer: allowed, decision: { outcome: "allow", reason: "good" } },
    { name: "has no opinion", answer: undecided, decision: { outcome: "noOpinion", reason: "who?" } },
    { name: "denies", answer: denied, decision: { outcome: "deny", reason: "bad" } },
    {
      name: "denies when the webhook contradicts itself",
      answer: { status: { allowed: true, denied: true } },
      decision: {
        outcome: "deny",
        reason: "",
        evaluationError: "webhook subject access review returned both allow and deny response",
      },
    },
    {
      name: "has no opinion when the webhook fails",
      answer: broken,
      decision: { outcome: "noOpinion", reason: "", evaluationError: "no connection" },
    },
    {
      name: "denies when the webhook fails and that is wanted",
      answer: broken,
      options: { failurePolicy: "Deny" },
      decision: { outcome: "deny", reason: "", evaluationError: "no connection" },
    },
  ];
  test.each(cases)("$name", async ({ answer, options, decision }) => {
    expect(await anAuthorizer([answer], options).authorizer.authorize(ask("alice"))).toEqual(decision);
  });

  test.each([
    [500, 5],
    [504, 5],
    [429, 5],
    [404, 1],
    [403, 1],
    [401, 1],
  ])("asks a webhook that answers %d %d times", async (code, times) => {
    const { authorizer, calls } = anAuthorizer([unexpectedResponse(code, "POST", "")]);
    expect(await authorizer.authorize(ask("alice"))).toMatchObject({ outcome: "noOpinion" });
    expect(calls()).toBe(times);
  });

  test("remembers answers as long as they are good", async () => {
    const { authorizer, clock, calls } = anAuthorizer([allowed, undecided, allowed, undecided]);
    const outcomes = async (): Promise<string[]> => [
      (await authorizer.authorize(ask("alice"))).outcome,
      (await authorizer.authorize(ask("bob"))).outcome,
    ];
    const first = ["allow", "noOpinion"];
    expect([await outcomes(), await outcomes()]).toEqual([first, first]);
    expect(calls()).toBe(2);
    await clock.advance(31_000);
    expect(await outcomes()).toEqual(["allow", "allow"]);
    expect(calls()).toBe(3);
    await clock.advance(270_000);
    expect(await outcomes()).toEqual(["noOpinion", "allow"]);
    expect(calls()).toBe(4);
  });

  test.each([
    ["a failure", broken, {}, {}],
    ["what is not to be kept", allowed, { authorizedTtlMs: 0 }, {}],
    ["a very long question", allowed, {}, { name: "n".repeat(10_000) }],
    [
      "a very long selector",
      allowed,
      {},
      { labelSelector: [{ key: "a", operator: "in" as const, values: ["v".repeat(10_000)] }] },
    ],
  ])("does not remember %s", async (_name, answer, options, more) => {
    const { authorizer, calls } = anAuthorizer([answer], options);
    await authorizer.authorize(ask("alice", more));
    await authorizer.authorize(ask("alice", more));
    expect(calls()).toBe(2);
  });

  test("asks nothing that conditions exclude", async () => {
    const { authorizer, calls, metrics } = anAuthorizer([allowed], {}, ({ user }) => user === "alice");
    expect(await authorizer.authorize(ask("bob"))).toEqual({ outcome: "noOpinion", reason: "" });
    expect(calls()).toBe(0);
    expect(await authorizer.authorize(ask("alice"))).toMatchObject({ outcome: "allow" });
    expect(await metrics.expose()).toContain(
      'apiserver_authorization_match_condition_exclusions_total{type="Webhook",name="w"} 1\n',
    );
  });

  test.each([
    ["NoOpinion", "noOpinion"],
    ["Deny", "deny"],
  ] as const)("with the policy %s a condition that fails means %s", async (failurePolicy, outcome) => {
    const { authorizer, metrics } = anAuthorizer([allowed], { failurePolicy }, () => ({ problem: "no key" }));
    const decision = { outcome, reason: "", evaluationError: "no key" };
    expect(await authorizer.authorize(ask("alice"))).toEqual(decision);
    expect(await metrics.expose()).toContain(
      'apiserver_authorization_match_condition_evaluation_errors_total{type="Webhook",name="w"} 1\n',
    );
  });

  test.each<[string, Answer, string[]]>([
    ["success", allowed, ['webhook_evaluations_total{name="w",result="success"} 1']],
    [
      "error",
      broken,
      [
        'webhook_evaluations_total{name="w",result="error"} 1',
        'webhook_evaluations_fail_open_total{name="w",result="error"} 1',
      ],
    ],
    ["timeout", new WebhookTimeout(), ['webhook_evaluations_fail_open_total{name="w",result="timeout"} 1']],
  ])("counts a call: %s", async (_name, answer, lines) => {
    const { authorizer, metrics } = anAuthorizer([answer]);
    await authorizer.authorize(ask("alice"));
    const text = await metrics.expose();
    for (const line of lines) expect(text).toContain(`apiserver_authorization_${line}\n`);
  });

  test("lists no rules", () => {
    expect(anAuthorizer([allowed]).authorizer.rulesFor()).toEqual({
      resourceRules: [],
      nonResourceRules: [],
      incomplete: true,
      evaluationError: "webhook authorizer does not support user rule resolution",
    });
  });
});
