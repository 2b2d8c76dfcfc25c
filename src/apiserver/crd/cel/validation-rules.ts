/** Holds values to `x-kubernetes-validations` (apiextensions-apiserver pkg/apiserver/schema/cel/validation.go). */
import type { JSONSchemaProps, ValidationRule } from "#api/generated/apiextensions-v1.ts";
import {
  duplicate,
  type FieldError,
  forbidden,
  formatFieldError,
  indexPath,
  invalid,
  invalidWithoutValue,
  keyPath,
  required,
} from "#apimachinery/field-error.ts";
import { isJsonObject } from "#apimachinery/json-value.ts";
import { ownValue } from "#base/own-value.ts";
import type { Variables } from "../../cel/evaluator/frame.ts";
import { PER_CALL_LIMIT } from "../../cel/kubernetes-environment.ts";
import { schemaValue } from "../../cel/schema/schema-value.ts";
import { COST_EXCEEDED } from "../../cel/values/cost-exceeded.ts";
import { CelError, CelOptional, NONE } from "../../cel/values/value.ts";
import { correlatedItem } from "../correlate.ts";
import type { CompiledRule } from "./compile-rules.ts";
import { Correlation } from "./correlation.ts";
import { evaluateMessage } from "./rule-message.ts";
import type { RuleTree } from "./rule-tree.ts";

/** What all rules together may cost for one object. */
export const RUNTIME_COST_BUDGET = 10_000_000;

const OUT_OF_BUDGET =
  "validation failed due to running out of cost budget, no further validation rules will be run";

export interface Findings {
  readonly errors: readonly FieldError[];
  /** Texts about what breaks a rule and has not changed. */
  readonly warnings: readonly string[];
  /** What is left of the budget; negative when no further rules may run. */
  readonly budget: number;
}

/** A value with what it replaces; `previous` is undefined where there is nothing that it could be compared with. */
export interface Place {
  readonly path: string;
  readonly value: unknown;
  readonly previous: unknown;
  readonly correlation: Correlation;
}

export function validateRules(tree: RuleTree, place: Place, budget = RUNTIME_COST_BUDGET): Findings {
  const run = new RuleRun(budget);
  run.validate(tree, place);
  return run.findings;
}

/** The rules of one object, which share a budget. */
class RuleRun {
  readonly #errors: FieldError[] = [];
  readonly #warnings: string[] = [];
  #budget: number;

  constructor(budget: number) {
    this.#budget = budget;
  }

  get findings(): Findings {
    return { errors: this.#errors, warnings: this.#warnings, budget: this.#budget };
  }

  validate(tree: RuleTree, place: Place): void {
    const { value } = place;
    if (value === null || value === undefined || this.#isOver) return;
    this.#validateOwn(tree, place);
    for (const each of tree.allOf) {
      if (!this.#isOver) this.validate(each, { ...place, correlation: place.correlation.outer });
    }
    if (this.#isOver) return;
    if (Array.isArray(value)) this.#validateItems(tree, place, value);
    else if (isJsonObject(value)) this.#validateFields(tree, place, value);
  }

  get #isOver(): boolean {
    return this.#budget < 0;
  }

  #validateItems(tree: RuleTree, { path, previous, correlation }: Place, list: readonly unknown[]): void {
    const { items, schema } = tree;
    if (items === undefined) return;
    for (const [index, value] of list.entries()) {
      this.validate(items, {
        path: indexPath(path, index),
        value,
        previous: correlatedItem(schema, value, previous),
        correlation: correlation.index(index),
      });
    }
  }

  #validateFields(tree: RuleTree, place: Place, object: Readonly<Record<string, unknown>>): void {
    const { path, previous, correlation } = place;
    for (const [name, value] of Object.entries(object)) {
      const property = tree.properties.get(name);
      const inside = property ?? tree.values;
      if (inside === undefined) continue;
      const field = path === "" ? name : `${path}.${name}`;
      this.validate(inside, {
        path: property === undefined ? keyPath(path, name) : field,
        value,
        previous: isJsonObject(previous) ? ownValue(previous, name) : undefined,
        correlation: correlation.key(name),
      });
    }
  }

  #validateOwn(tree: RuleTree, place: Place): void {
    const { schema, problem } = tree;
    const rules = tree.rules();
    if (problem !== undefined) {
      this.#report(schema, place, `rule compiler initialization error: ${problem}`);
      return;
    }
    if (rules.length === 0) return;
    if (this.#budget <= 0) {
      this.#stop(schema, place, OUT_OF_BUDGET);
      return;
    }
    const variables = variablesOf(schema, place);
    for (const rule of rules) {
      if (!this.#isOver) this.#validateRule(rule, schema, place, variables);
    }
  }

  #validateRule(
    compiled: CompiledRule,
    schema: JSONSchemaProps,
    place: Place,
    variables: RuleVariables,
  ): void {
    const { rule, expression, usesOldSelf } = compiled;
    if (expression === undefined) return;
    if ("problem" in expression) {
      this.#report(schema, place, `rule compile error: ${expression.problem}`);
      return;
    }
    // A rule about a transition needs something that has been there before.
    if (usesOldSelf && !variables.hasOld && rule.optionalOldSelf !== true) return;
    const values = rule.optionalOldSelf === true ? variables.optional : variables.plain;
    const result = expression.program.evaluate(values, PER_CALL_LIMIT);
    if (result.cost > this.#budget) {
      this.#stop(schema, place, OUT_OF_BUDGET);
      return;
    }
    this.#budget -= result.cost;
    if ("problem" in result) this.#reportProblem(result.problem, rule, schema, place);
    else if (result.value !== true) this.#reportViolation(compiled, schema, place, values);
  }

  #reportProblem(problem: string, rule: ValidationRule, schema: JSONSchemaProps, place: Place): void {
    const text = ruleText(rule);
    if (problem.startsWith(NO_OVERLOAD)) {
      const why = "call arguments did not match a supported operator, function or macro signature for rule";
      this.#report(schema, place, `'${problem}': ${why}: ${text}`);
    } else if (problem === COST_EXCEEDED) {
      const why = "no further validation rules will be run due to call cost exceeds limit for rule";
      this.#stop(schema, place, `'${problem}': ${why}: ${text}`);
    } else {
      this.#report(schema, place, `${problem} evaluating rule: ${text}`);
    }
  }

  #reportViolation(compiled: CompiledRule, schema: JSONSchemaProps, place: Place, values: Variables): void {
    const { rule, path, message, usesOldSelf } = compiled;
    const field = path === undefined ? place.path : place.path === "" ? path : `${place.path}.${path}`;
    const evaluated = evaluateMessage(message, { rule, values, budget: this.#budget });
    this.#budget = evaluated.budget;
    const error =
      "problem" in evaluated
        ? invalid(field, schema.type ?? "", evaluated.problem)
        : violation(rule, { field, value: place.value, schema }, evaluated.text ?? ruleMessage(rule));
    if (!usesOldSelf && place.correlation.isUnchanged) this.#warnings.push(formatFieldError(error));
    else this.#errors.push(error);
  }

  #report({ type = "" }: JSONSchemaProps, { path }: Place, detail: string): void {
    this.#errors.push(invalid(path, type, detail));
  }

  #stop(schema: JSONSchemaProps, place: Place, detail: string): void {
    this.#report(schema, place, detail);
    this.#budget = -1;
  }
}

const NO_OVERLOAD = "no such overload";

interface RuleVariables {
  readonly plain: Variables;
  /** For rules that take the old value as an optional. */
  readonly optional: Variables;
  readonly hasOld: boolean;
}

function variablesOf(schema: JSONSchemaProps, { value, previous }: Place): RuleVariables {
  const self = schemaValue(value, schema);
  if (previous === undefined || previous === null) {
    return { plain: { self }, optional: { self, oldSelf: NONE }, hasOld: false };
  }
  const oldSelf = schemaValue(previous, schema);
  const optional = oldSelf instanceof CelError ? oldSelf : new CelOptional(oldSelf);
  return { plain: { self, oldSelf }, optional: { self, oldSelf: optional }, hasOld: true };
}

function ruleText({ message = "", rule }: ValidationRule): string {
  return (message === "" ? rule : message).trim();
}

function ruleMessage(rule: ValidationRule): string {
  return (rule.message ?? "") === "" ? `failed rule: ${ruleText(rule)}` : ruleText(rule);
}

interface Violated {
  readonly field: string;
  readonly value: unknown;
  readonly schema: JSONSchemaProps;
}

function violation(
  { reason }: ValidationRule,
  { field, value, schema }: Violated,
  detail: string,
): FieldError {
  const isContainer = schema.type === "object" || schema.type === "array";
  switch (reason ?? "FieldValueInvalid") {
    case "FieldValueForbidden":
      return forbidden(field, detail);
    case "FieldValueRequired":
      return required(field, detail);
    case "FieldValueDuplicate":
      return isContainer
        ? { reason: "FieldValueDuplicate", field, message: "Duplicate value" }
        : duplicate(field, value);
    case "FieldValueInvalid":
      return isContainer ? invalidWithoutValue(field, detail) : invalid(field, value, detail);
  }
}

/** Validates a whole object, or one of its values by itself. */
export function wholePlace(schema: JSONSchemaProps, value: unknown, previous: unknown): Place {
  const correlation = previous === undefined ? Correlation.NONE : Correlation.of(schema, value, previous);
  return { path: "", value, previous, correlation };
}
