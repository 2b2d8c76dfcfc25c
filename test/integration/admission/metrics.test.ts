/** What is counted and measured of admission. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { Metrics } from "#observability/metrics.ts";
import { aConfigMap } from "#testing/objects.ts";
import { failureOf } from "../apiserver/failure.ts";
import { startServer, type TestServer } from "../apiserver/server.ts";
import { enforce, mutateBy, removePolicies } from "./policy-fixture.ts";
import { answerReviews, configure, removeAll, URL } from "./webhook-fixture.ts";

const metrics = new Metrics();
let server: TestServer;
beforeAll(async () => {
  server = await startServer({ core: { metrics } });
});
afterEach(async () => {
  await removePolicies(server);
  await removeAll(server);
});
afterAll(() => server[Symbol.asyncDispose]());

const create = () => server.client.create("ConfigMap", aConfigMap("a", { namespace: "default" }));

/** Of the families whose names begin so: counters, and how often histograms were given something. */
async function countsOf(prefix: string): Promise<readonly string[]> {
  const lines = (await metrics.expose()).split("\n");
  return lines.filter((line) => line.startsWith(prefix) && /_(total|count)\{/.test(line)).toSorted();
}

test("plugins, and all of them together, are measured", async () => {
  await create();
  const prefix = "apiserver_admission_controller_admission_duration_seconds";
  const counts = await countsOf(prefix);
  const labels = 'name="NamespaceLifecycle",type="validate",operation="CREATE",rejected="false"';
  expect(counts.join("\n")).toContain(`${prefix}_count{${labels}}`);
  const steps = await countsOf("apiserver_admission_step_admission_duration_seconds");
  expect(steps.map((line) => /type="(\w+)",operation="CREATE",rejected="false"/.exec(line)?.[1])).toEqual(
    expect.arrayContaining(["admit", "validate"]),
  );
});

test("what validating policies do about what they find is counted", async () => {
  const actions = { validationActions: ["Audit", "Warn"] } as const;
  await enforce(server, { validations: [{ expression: "false" }, { expression: "true" }] }, actions);
  await create();
  await removePolicies(server);
  await enforce(server, { failurePolicy: "Ignore", validations: [{ expression: "object.data.no == ''" }] });
  await create().catch(() => undefined);
  const of = (action: string) =>
    `{policy="p",policy_binding="b",error_type="invalid_error",enforcement_action="${action}"} 1`;
  const name = "apiserver_validating_admission_policy_check";
  expect(await countsOf(name)).toEqual(
    ["duration_seconds_count", "total"].flatMap((end) =>
      ["allow", "audit", "warn"].map((action) => `${name}_${end}${of(action)}`),
    ),
  );
});

test("evaluations of mutating policies are counted", async () => {
  const patch = (expression: string) => ({ patchType: "JSONPatch", jsonPatch: { expression } }) as const;
  await mutateBy(server, { mutations: [patch("[JSONPatch{op: 'add', path: '/immutable', value: false}]")] });
  await create();
  await removePolicies(server);
  await mutateBy(server, { mutations: [patch("[JSONPatch{op: 'remove', path: '/none'}]")] });
  await failureOf(server.client.create("ConfigMap", aConfigMap("b", { namespace: "default" })));
  const name = "apiserver_mutating_admission_policy_check_total";
  expect(await countsOf(name)).toEqual(
    ["invalid_error", "no_error"].map(
      (type) => `${name}{policy="p",policy_binding="b",error_type="${type}"} 1`,
    ),
  );
});

test("conditions of webhooks are counted where they keep it from being asked, or fail", async () => {
  answerReviews(server, URL, () => ({ allowed: true }));
  for (const [name, expression] of [
    ["never", "false"],
    ["always", "true"],
    ["broken", "object.data.none == ''"],
  ] as const) {
    await configure(
      server,
      "ValidatingWebhookConfiguration",
      { matchConditions: [{ name, expression }] },
      name,
    );
  }
  await failureOf(create());
  const prefix = "apiserver_admission_match_condition";
  const of = (name: string) =>
    `{name="${name}.example.com",kind="webhook",type="validating",operation="CREATE"} 1`;
  expect(await countsOf(prefix)).toEqual([
    `${prefix}_evaluation_errors_total${of("broken")}`,
    ...["always", "broken"].map((name) => `${prefix}_evaluation_seconds_count${of(name)}`),
  ]);
  await server.client.delete("ValidatingWebhookConfiguration", { name: "broken" });
  await create();
  expect(await countsOf(`${prefix}_exclusions`)).toEqual([`${prefix}_exclusions_total${of("never")}`]);
});

test("conditions of policies are measured", async () => {
  const when = (expression: string) => ({
    matchConditions: [{ name: "when", expression }],
    validations: [{ expression: "true" }],
  });
  for (const expression of ["true", "false", "object.data.none == ''"]) {
    await enforce(server, when(expression));
    await create().catch(() => undefined);
    await removePolicies(server);
  }
  const counts = (await countsOf("apiserver_admission_match_condition")).filter((line) =>
    line.includes('kind="policy"'),
  );
  const of = (count: number) =>
    `{name="p",kind="policy",type="validate",operation="CREATE"} ${String(count)}`;
  expect(counts).toEqual([
    `apiserver_admission_match_condition_evaluation_errors_total${of(1)}`,
    `apiserver_admission_match_condition_evaluation_seconds_count${of(3)}`,
    `apiserver_admission_match_condition_exclusions_total${of(1)}`,
  ]);
});
