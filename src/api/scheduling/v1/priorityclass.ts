import { forbidden } from "#apimachinery/field-error.ts";
import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import { fillAbsent } from "../../defaulting.ts";
import type { PriorityClass } from "../../generated/scheduling-v1.ts";
import { defineKind } from "../../kind.ts";
import { checkSupported, validateImmutable } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";

/** Largest value that a user may give; the values above belong to the system. */
const MAX_USER_PRIORITY = 1_000_000_000;

const SYSTEM_PREFIX = "system-";
const PREEMPTION_POLICIES = ["PreemptLowerPriority", "Never"];

/** The classes that every cluster has, by name, with their values; the higher one is for pods of one node. */
export const SYSTEM_PRIORITY_CLASSES: ReadonlyMap<string, number> = new Map([
  ["system-node-critical", 2 * MAX_USER_PRIORITY + 1000],
  ["system-cluster-critical", 2 * MAX_USER_PRIORITY],
]);

export const priorityClass = defineKind<PriorityClass>(
  { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass" },
  {
    columns: [
      nameColumn,
      { name: "Value", type: "integer", value: ({ value }) => value },
      { name: "Global-Default", type: "boolean", value: ({ globalDefault = false }) => globalDefault },
      ageColumn,
      textColumn("PreemptionPolicy", ({ preemptionPolicy = "" }) => preemptionPolicy),
    ],
    setDefaults: (object) => fillAbsent(object, { preemptionPolicy: "PreemptLowerPriority" }),
    validate: validatePriorityClass,
    validateUpdate: validatePriorityClassUpdate,
  },
);

function validatePriorityClass(object: PriorityClass): FieldErrors {
  const { metadata, value, preemptionPolicy } = object;
  return collectErrors(
    metadata.name.startsWith(SYSTEM_PREFIX)
      ? validateSystemClass(object)
      : value > MAX_USER_PRIORITY &&
          forbidden(
            "value",
            `maximum allowed value of a user defined priority is ${String(MAX_USER_PRIORITY)}`,
          ),
    checkSupported(preemptionPolicy, "preemptionPolicy", PREEMPTION_POLICIES),
  );
}

function validateSystemClass(object: PriorityClass): FieldErrors {
  const problem = systemClassProblem(object);
  if (problem === undefined) return [];
  const reserved = `priority class names with '${SYSTEM_PREFIX}' prefix are reserved for system use only.`;
  return [forbidden("metadata.name", `${reserved} error: ${problem}`)];
}

function systemClassProblem({ metadata: { name }, value, globalDefault }: PriorityClass): string | undefined {
  const systemValue = SYSTEM_PRIORITY_CLASSES.get(name);
  if (systemValue === undefined) return `${name} is not a known system priority class`;
  if (value !== systemValue) return `value of ${name} PriorityClass must be ${String(systemValue)}`;
  return globalDefault === true ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

function validatePriorityClassUpdate(next: PriorityClass, previous: PriorityClass): FieldErrors {
  return collectErrors(
    next.value !== previous.value && forbidden("value", "may not be changed in an update."),
    validateImmutable(next.preemptionPolicy, previous.preemptionPolicy, "preemptionPolicy"),
  );
}
