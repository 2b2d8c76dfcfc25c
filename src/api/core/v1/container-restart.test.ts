import { describe, expect, test } from "bun:test";
import type { Container, ContainerRestartRule, PodSpec } from "../../generated/core-v1.ts";
import { mayRestartAll, shouldRestart } from "./container-restart.ts";

const app: Container = { name: "app", image: "app:1" };
const rule = (action: string, operator: string, ...values: number[]): ContainerRestartRule => ({
  action,
  exitCodes: { operator, values },
});

describe("shouldRestart", () => {
  test.each<{
    container?: Partial<Container>;
    policy?: PodSpec["restartPolicy"];
    exitCode: number;
    want: boolean;
  }>([
    { exitCode: 0, want: true },
    { policy: "Never", exitCode: 1, want: false },
    { policy: "OnFailure", exitCode: 1, want: true },
    { policy: "OnFailure", exitCode: 0, want: false },
    { container: { restartPolicy: "Always" }, policy: "Never", exitCode: 0, want: true },
    { container: { restartPolicy: "Never" }, policy: "Always", exitCode: 1, want: false },
    {
      container: { restartPolicy: "Never", restartPolicyRules: [rule("Restart", "In", 42)] },
      exitCode: 42,
      want: true,
    },
    {
      container: { restartPolicy: "Never", restartPolicyRules: [rule("Restart", "In", 42)] },
      exitCode: 1,
      want: false,
    },
    {
      container: { restartPolicy: "Never", restartPolicyRules: [rule("RestartAllContainers", "NotIn", 1)] },
      exitCode: 2,
      want: true,
    },
    {
      container: { restartPolicyRules: [rule("Restart", "In", 42)] },
      policy: "Never",
      exitCode: 42,
      want: false,
    },
  ])("%o", ({ container, policy, exitCode, want }) => {
    const spec: PodSpec = { containers: [app], ...(policy && { restartPolicy: policy }) };
    expect(shouldRestart({ ...app, ...container }, spec, exitCode)).toBe(want);
  });
});

test("one rule of any container may restart all of them", () => {
  expect(mayRestartAll({ containers: [app] })).toBe(false);
  const rules = { restartPolicyRules: [rule("RestartAllContainers", "In", 1)] };
  expect(mayRestartAll({ containers: [app, { ...app, ...rules }] })).toBe(true);
  expect(mayRestartAll({ containers: [app], initContainers: [{ ...app, ...rules }] })).toBe(true);
});
