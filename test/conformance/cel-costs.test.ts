/** What functions cost: upstream's cost_test.go (apiserver pkg/cel/library). */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { estimateCost } from "#apiserver/cel/cost/static-cost.ts";
import { createKubernetesEnvironment, PER_CALL_LIMIT } from "#apiserver/cel/kubernetes-environment.ts";

interface CostCase {
  readonly expression: string;
  /** None where a list of literals makes it depend on how an expression is planned. */
  readonly cost?: number;
  readonly min: number;
  /** None where it depends on what is known of texts. */
  readonly max?: number;
}

const environment = createKubernetesEnvironment();
const cases = parse(readFileSync(join(import.meta.dir, "cel-costs.yaml"), "utf8")) as readonly CostCase[];

test.each(cases)("$expression", ({ expression, cost, min, max }) => {
  const checked = environment.check(expression);
  const estimate = estimateCost(checked, () => undefined);
  expect(estimate).toEqual({ min, max: max ?? estimate.max });
  const evaluation = environment.program(checked).evaluate({}, PER_CALL_LIMIT);
  expect(evaluation).toEqual({ value: expect.anything(), cost: cost ?? evaluation.cost });
});
