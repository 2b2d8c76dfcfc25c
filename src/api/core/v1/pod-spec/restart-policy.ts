import { type FieldError, required, tooMany } from "#apimachinery/field-error.ts";
import type { Container, ContainerRestartRule } from "../../../generated/core-v1.ts";
import { checkSupported, validateEach } from "../../../validation/checks.ts";

/** In the order in which messages list them, as all sets here. */
const CONTAINER_POLICIES: readonly string[] = ["Always", "Never", "OnFailure"];
const ACTIONS: readonly string[] = ["Restart", "RestartAllContainers"];
const OPERATORS: readonly string[] = ["In", "NotIn"];

const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;

/** When a container restarts by itself, whatever the pod's policy is (KEP-5307). */
export function validateRestartPolicy(container: Container, path: string): readonly FieldError[] {
  const { restartPolicy, restartPolicyRules: rules = [] } = container;
  const policyPath = `${path}.restartPolicy`;
  const rulesPath = `${path}.restartPolicyRules`;
  if (restartPolicy === undefined && rules.length === 0) return [];
  return [
    ...(restartPolicy === undefined
      ? [required(policyPath, "must specify restartPolicy when restart rules are used")]
      : checkSupported(restartPolicy, policyPath, CONTAINER_POLICIES)),
    ...(rules.length > MAX_RULES ? [tooMany(rulesPath, rules.length, MAX_RULES)] : []),
    ...validateEach(rules, rulesPath, validateRule),
  ];
}

function validateRule({ action = "", exitCodes }: ContainerRestartRule, path: string): readonly FieldError[] {
  const codesPath = `${path}.exitCodes`;
  const count = exitCodes?.values?.length ?? 0;
  return [
    ...checkSupported(action, `${path}.action`, ACTIONS),
    ...(exitCodes === undefined
      ? [required(codesPath, "must be specified")]
      : checkSupported(exitCodes.operator ?? "", `${codesPath}.operator`, OPERATORS)),
    ...(count > MAX_EXIT_CODES ? [tooMany(`${codesPath}.values`, count, MAX_EXIT_CODES)] : []),
  ];
}
