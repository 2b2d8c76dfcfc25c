import { expect, test } from "bun:test";
import type { Pod, PodSpec } from "#api/generated/core-v1.ts";
import type { PriorityClass } from "#api/generated/scheduling-v1.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import { anAdmissionEnvironment, anAdmissionRequest } from "#testing/admission.ts";
import { aPod } from "#testing/objects.ts";
import { priorityPlugin } from "./priority.ts";

function aClass(name: string, value: number, more: Partial<PriorityClass> = {}): PriorityClass {
  return {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name, uid: name },
    value,
    ...more,
  };
}

const CLASSES = [
  aClass("high", 10, { preemptionPolicy: "Never" }),
  aClass("second-default", 7, { globalDefault: true }),
  aClass("default", 5, { globalDefault: true }),
];

function mutate(spec: Partial<PodSpec>, previous?: Partial<PodSpec>, classes = CLASSES): Pod | StatusError {
  const request = anAdmissionRequest(`${previous === undefined ? "CREATE" : "UPDATE"} pods default/a`, {
    object: aPod("a", { spec }),
    ...(previous && { oldObject: aPod("a", { spec: previous }) }),
  });
  const environment = anAdmissionEnvironment(classes);
  return priorityPlugin.mutate?.(request, environment) as Pod | StatusError;
}

/** `high 10 Never`, or the refusal. */
function outcomeOf(result: Pod | StatusError): string {
  if (result instanceof StatusError) return result.message;
  const { priorityClassName = "-", priority, preemptionPolicy = "-" } = result.spec;
  return `${priorityClassName} ${String(priority)} ${preemptionPolicy}`;
}

const refused = (why: string): string => `pods "a" is forbidden: ${why}`;

test.each<[Partial<PodSpec>, string]>([
  [{ priorityClassName: "high" }, "high 10 Never"],
  [{ priorityClassName: "high", priority: 10, preemptionPolicy: "Never" }, "high 10 Never"],
  [{}, "default 5 PreemptLowerPriority"],
  [{ priorityClassName: "none" }, refused("no PriorityClass with name none was found")],
  [
    { priorityClassName: "high", priority: 11 },
    refused(
      "the integer value of priority (11) must not be provided in pod spec; priority admission controller computed 10 from the given PriorityClass name",
    ),
  ],
  [
    { priorityClassName: "high", preemptionPolicy: "PreemptLowerPriority" },
    refused(
      "the string value of PreemptionPolicy (PreemptLowerPriority) must not be provided in pod spec; priority admission controller computed Never from the given PriorityClass name",
    ),
  ],
])("a new pod with %j", (spec, expected) => {
  expect(outcomeOf(mutate(spec))).toBe(expected);
});

test("a new pod where no class is the default", () => {
  expect(outcomeOf(mutate({}, undefined, []))).toBe("- 0 PreemptLowerPriority");
});

test("an update cannot take the priority away", () => {
  const previous = { priority: 10, preemptionPolicy: "Never" } as const;
  expect(outcomeOf(mutate({}, previous))).toBe("- 10 Never");
  expect(outcomeOf(mutate({ priority: 11 }, previous))).toBe("- 11 Never");
});
