/** When a Job has failed or succeeded before all of its pods have. */
import {
  duplicate,
  invalid,
  invalidWithoutValue,
  notSupported,
  required,
  tooLong,
  tooMany,
} from "#apimachinery/field-error.ts";
import { checkQualifiedName } from "#apimachinery/formats.ts";
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from "../../generated/batch-v1.ts";
import { checkFormat, validateEach, validateNonNegative, validateOptional } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { isEmptyList, repetitions } from "../../validation/lists.ts";
import { countIndexes, IndexesError } from "./job-indexes.ts";

const ACTIONS = ["Count", "FailIndex", "FailJob", "Ignore"];
const OPERATORS = ["In", "NotIn"];
const CONDITION_STATUSES = ["False", "True", "Unknown"];
const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;
const MAX_PATTERNS = 20;
const MAX_INDEXES_BYTES = 64 * 1024;

export function validatePodFailurePolicy(spec: JobSpec, path: string): FieldErrors {
  const { rules = [] } = spec.podFailurePolicy ?? {};
  const { containers = [], initContainers = [] } = spec.template.spec ?? {};
  const names = new Set([...containers, ...initContainers].map(({ name }) => name));
  return collectErrors(
    rules.length > MAX_RULES && tooMany(`${path}.rules`, rules.length, MAX_RULES),
    validateEach(rules, `${path}.rules`, (rule, rulePath) =>
      validateFailureRule(rule, rulePath, { names, isPerIndex: spec.backoffLimitPerIndex !== undefined }),
    ),
  );
}

interface FailureContext {
  /** The names of the pod's containers. */
  readonly names: ReadonlySet<string>;
  /** Whether each index has a backoff limit of its own. */
  readonly isPerIndex: boolean;
}

function validateFailureRule(rule: PodFailurePolicyRule, path: string, context: FailureContext): FieldErrors {
  const { onExitCodes, onPodConditions = [] } = rule;
  const hasConditions = onPodConditions.length > 0;
  const patternsPath = `${path}.onPodConditions`;
  return collectErrors(
    validateAction(rule.action, `${path}.action`, context.isPerIndex),
    validateOptional(onExitCodes, `${path}.onExitCodes`, (requirement, codesPath) =>
      validateExitCodes(requirement, codesPath, context.names),
    ),
    onPodConditions.length > MAX_PATTERNS && tooMany(patternsPath, onPodConditions.length, MAX_PATTERNS),
    validateEach(onPodConditions, patternsPath, validatePattern),
    onExitCodes !== undefined &&
      hasConditions &&
      invalidWithoutValue(path, "specifying both OnExitCodes and OnPodConditions is not supported"),
    onExitCodes === undefined &&
      !hasConditions &&
      invalidWithoutValue(path, "specifying one of OnExitCodes and OnPodConditions is required"),
  );
}

function validateAction(action: string, path: string, isPerIndex: boolean): FieldErrors {
  if (action === "FailIndex") {
    return isPerIndex ? [] : [invalid(path, action, "requires the backoffLimitPerIndex to be set")];
  }
  return validateChoice(action, path, ACTIONS);
}

function validatePattern(
  { type, status }: PodFailurePolicyOnPodConditionsPattern,
  path: string,
): FieldErrors {
  return collectErrors(
    checkFormat(type, `${path}.type`, checkQualifiedName),
    validateChoice(status, `${path}.status`, CONDITION_STATUSES),
  );
}

function validateExitCodes(
  requirement: PodFailurePolicyOnExitCodesRequirement,
  path: string,
  names: ReadonlySet<string>,
): FieldErrors {
  const { operator, containerName, values } = requirement;
  const valuesPath = `${path}.values`;
  return collectErrors(
    validateChoice(operator, `${path}.operator`, OPERATORS),
    containerName !== undefined &&
      !names.has(containerName) &&
      invalid(
        `${path}.containerName`,
        containerName,
        "must be one of the container or initContainer names in the pod template",
      ),
    isEmptyList(values) && invalid(valuesPath, values, "at least one value is required"),
    values.length > MAX_EXIT_CODES && tooMany(valuesPath, values.length, MAX_EXIT_CODES),
    validateExitCodeValues(values, valuesPath, operator),
  );
}

function validateExitCodeValues(values: readonly number[], path: string, operator: string): FieldErrors {
  const isRepeated = repetitions();
  const isOrdered = values.every((value, index) => index === 0 || (values[index - 1] ?? 0) <= value);
  return collectErrors(
    validateEach(values, path, (value, valuePath) =>
      collectErrors(
        operator === "In" && value === 0 && invalid(valuePath, value, "must not be 0 for the In operator"),
        isRepeated(String(value)) && duplicate(valuePath, value),
      ),
    ),
    !isOrdered && invalid(path, values, "must be ordered"),
  );
}

/** One of a closed set; the missing one is told what there is to choose from. */
function validateChoice(value: string, path: string, choices: readonly string[]): FieldErrors {
  if (value === "") {
    return [required(path, `valid values: [${choices.map((each) => JSON.stringify(each)).join(" ")}]`)];
  }
  return choices.includes(value) ? [] : [notSupported(path, value, choices)];
}

export function validateSuccessPolicy(spec: JobSpec, path: string): FieldErrors {
  const { rules = [] } = spec.successPolicy ?? {};
  const rulesPath = `${path}.rules`;
  return collectErrors(
    isEmptyList(rules) &&
      required(rulesPath, "at least one rules must be specified when the successPolicy is specified"),
    rules.length > MAX_RULES && tooMany(rulesPath, rules.length, MAX_RULES),
    validateEach(rules, rulesPath, (rule, rulePath) =>
      validateSuccessRule(rule, rulePath, spec.completions ?? 0),
    ),
  );
}

function validateSuccessRule(rule: SuccessPolicyRule, path: string, completions: number): FieldErrors {
  const { succeededCount, succeededIndexes: indexes } = rule;
  const indexesPath = `${path}.succeededIndexes`;
  const parsed = indexes === undefined ? undefined : tryCountIndexes(indexes, completions);
  return collectErrors(
    succeededCount === undefined &&
      indexes === undefined &&
      required(path, "at least one of succeededCount or succeededIndexes must be specified"),
    Buffer.byteLength(indexes ?? "") > MAX_INDEXES_BYTES && tooLong(indexesPath, MAX_INDEXES_BYTES),
    parsed?.problem !== undefined &&
      invalid(indexesPath, indexes, `error parsing succeededIndexes: ${parsed.problem}`),
    succeededCount !== undefined &&
      validateSucceededCount(succeededCount, `${path}.succeededCount`, { completions, total: parsed?.total }),
  );
}

function validateSucceededCount(
  count: number,
  path: string,
  { completions, total }: { readonly completions: number; readonly total: number | undefined },
): FieldErrors {
  const limit = (max: number, of: string) =>
    invalid(path, count, `must be less than or equal to ${String(max)} (the number of ${of})`);
  return collectErrors(
    validateNonNegative(count, path),
    count > completions && limit(completions, "specified completions"),
    total !== undefined && count > total && limit(total, "indexes in the specified succeededIndexes field"),
  );
}

function tryCountIndexes(
  text: string,
  completions: number,
): { readonly total: number; readonly problem?: string } {
  try {
    return { total: countIndexes(text, completions) };
  } catch (error) {
    if (error instanceof IndexesError) return { total: 0, problem: error.message };
    throw error;
  }
}
