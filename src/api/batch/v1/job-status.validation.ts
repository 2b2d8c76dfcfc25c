/**
 * Status updates of a Job, which may come from a controller that is not ours (`spec.managedBy`). A rule is checked
 * when what it speaks of has changed, so that an update can pass beside an old mistake.
 */
import { isConditionTrue } from "#apimachinery/conditions.ts";
import { duplicate, indexPath, invalid, invalidWithoutValue, required } from "#apimachinery/field-error.ts";
import { validateCounts } from "../../apps/v1/status-counts.ts";
import type { Job, JobStatus } from "../../generated/batch-v1.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { type InternalForm, internalForm } from "../../validation/internal-form.ts";
import { countIndexes, findCommonIndex, IndexesError } from "./job-indexes.ts";

const UNCOUNTED: InternalForm = { Succeeded: null, Failed: null };

const TERMINAL_CONDITIONS = ["Failed", "Complete", "FailureTarget"] as const;

/** Both states of a job, and what differs between them. */
interface Transition {
  readonly spec: Job["spec"];
  readonly next: JobFacts;
  readonly previous: JobFacts;
  readonly changed: (...facts: readonly (keyof JobFacts)[]) => boolean;
}

interface JobFacts {
  readonly status: JobStatus;
  readonly active: number;
  readonly ready: number | undefined;
  readonly terminating: number | undefined;
  readonly completedIndexes: string;
  readonly failedIndexes: string | undefined;
  readonly startTime: string | undefined;
  readonly completionTime: string | undefined;
  readonly uncounted: JobStatus["uncountedTerminatedPods"];
  readonly isComplete: boolean;
  readonly isFailed: boolean;
  readonly isFinished: boolean;
  readonly hasFailureTarget: boolean;
  readonly hasSuccessCriteriaMet: boolean;
}

export function validateJobStatusUpdate(next: Job, previous: Job): FieldErrors {
  const facts = factsOf(next);
  const oldFacts = factsOf(previous);
  const transition: Transition = {
    spec: next.spec,
    next: facts,
    previous: oldFacts,
    changed: (...names) => names.some((name) => !semanticallyEqual(facts[name], oldFacts[name])),
  };
  return collectErrors(
    validateCounts(facts.status, "status", ["active", "succeeded", "failed", "ready", "terminating"]),
    validateUncounted(facts.uncounted),
    validateConditions(transition),
    validateTimes(transition),
    validateOutcome(transition),
    validateFinished(transition),
    validateIndexes(transition),
    validateCountsOfFinished(transition),
    validateSuccessCriteria(transition),
    validateProgress(transition),
    validateTimesUpdate(transition),
    validateSuccessUpdate(transition),
  );
}

function factsOf({ status = {} }: Job): JobFacts {
  const { conditions, failedIndexes } = status;
  const isComplete = isConditionTrue(conditions, "Complete");
  const isFailed = isConditionTrue(conditions, "Failed");
  return {
    status,
    active: status.active ?? 0,
    ready: status.ready,
    terminating: status.terminating,
    completedIndexes: status.completedIndexes ?? "",
    failedIndexes,
    startTime: status.startTime ?? undefined,
    completionTime: status.completionTime ?? undefined,
    uncounted: status.uncountedTerminatedPods,
    isComplete,
    isFailed,
    isFinished: isComplete || isFailed,
    hasFailureTarget: isConditionTrue(conditions, "FailureTarget"),
    hasSuccessCriteriaMet: isConditionTrue(conditions, "SuccessCriteriaMet"),
  };
}

function validateUncounted(uncounted: JobFacts["uncounted"]): FieldErrors {
  const { succeeded = [], failed = [] } = uncounted ?? {};
  const seen = new Set<string>();
  const validateUids = (uids: readonly string[], path: string): FieldErrors =>
    uids.flatMap((uid, index) => {
      if (uid === "") return [invalid(indexPath(path, index), uid, "must not be empty")];
      if (seen.has(uid)) return [duplicate(indexPath(path, index), uid)];
      seen.add(uid);
      return [];
    });
  const path = "status.uncountedTerminatedPods";
  return [...validateUids(succeeded, `${path}.succeeded`), ...validateUids(failed, `${path}.failed`)];
}

function validateConditions({ next, changed }: Transition): FieldErrors {
  return collectErrors(
    changed("isComplete", "isFailed") &&
      next.isComplete &&
      next.isFailed &&
      badConditions("cannot set Complete=True and Failed=true conditions"),
    changed("isComplete", "hasFailureTarget") &&
      next.isComplete &&
      next.hasFailureTarget &&
      badConditions("cannot set Complete=True and FailureTarget=true conditions"),
  );
}

function validateTimes({ next, changed }: Transition): FieldErrors {
  const { startTime, completionTime, isComplete } = next;
  const path = "status.completionTime";
  const isLate = changed("isComplete", "completionTime");
  return collectErrors(
    isLate &&
      completionTime !== undefined &&
      !isComplete &&
      invalid(path, completionTime, "cannot set completionTime when there is no Complete=True condition"),
    isLate &&
      completionTime === undefined &&
      isComplete &&
      required(path, "completionTime is required for Complete jobs"),
    changed("startTime", "completionTime") &&
      startTime !== undefined &&
      completionTime !== undefined &&
      completionTime < startTime &&
      invalid(path, completionTime, "must be equal to or after `startTime`"),
  );
}

function validateOutcome({ next, changed }: Transition): FieldErrors {
  return collectErrors(
    changed("isFailed", "failedIndexes") &&
      next.isFailed &&
      !next.hasFailureTarget &&
      badConditions("cannot set Failed=True condition without the FailureTarget=true condition"),
    changed("isComplete", "hasSuccessCriteriaMet") &&
      next.isComplete &&
      !next.hasSuccessCriteriaMet &&
      badConditions("cannot set Complete=True condition without the SuccessCriteriaMet=true condition"),
  );
}

/** A finished job has started, and has nothing left to do. */
function validateFinished({ spec, next, changed }: Transition): FieldErrors {
  const { active, uncounted, isFinished, startTime } = next;
  const { failed = [], succeeded = [] } = uncounted ?? {};
  const neverStarts = spec.suspend === true && spec.completions === 0;
  if (!isFinished) return [];
  return collectErrors(
    changed("isFinished", "active") &&
      active > 0 &&
      invalid("status.active", active, "active>0 is invalid for finished job"),
    changed("isFinished", "startTime") &&
      !neverStarts &&
      startTime === undefined &&
      required("status.startTime", "startTime is required for finished job"),
    changed("isFinished", "uncounted") &&
      failed.length + succeeded.length > 0 &&
      invalid(
        "status.uncountedTerminatedPods",
        internalForm(uncounted, UNCOUNTED),
        "must be empty for finished job",
      ),
  );
}

function validateIndexes({ spec, next, changed }: Transition): FieldErrors {
  const { completedIndexes, failedIndexes } = next;
  const { completions, backoffLimitPerIndex, completionMode } = spec;
  const completedPath = "status.completedIndexes";
  const failedPath = "status.failedIndexes";
  const isFailedChanged = changed("failedIndexes") && failedIndexes !== undefined;
  return collectErrors(
    changed("completedIndexes") &&
      completions !== undefined &&
      validateIndexText(completedIndexes, completedPath, completions),
    isFailedChanged &&
      completions !== undefined &&
      backoffLimitPerIndex !== undefined &&
      validateIndexText(failedIndexes, failedPath, completions),
    changed("completedIndexes") &&
      completedIndexes !== "" &&
      completionMode !== "Indexed" &&
      invalid(
        completedPath,
        completedIndexes,
        "cannot set non-empty completedIndexes when non-indexed completion mode",
      ),
    isFailedChanged &&
      backoffLimitPerIndex === undefined &&
      invalid(
        failedPath,
        failedIndexes,
        "cannot set non-null failedIndexes when backoffLimitPerIndex is null",
      ),
    changed("failedIndexes", "completedIndexes") &&
      completions !== undefined &&
      failedIndexes !== undefined &&
      validateNoOverlap(completedIndexes, failedIndexes, completions),
  );
}

function validateIndexText(text: string, path: string, completions: number): FieldErrors {
  try {
    countIndexes(text, completions);
    return [];
  } catch (error) {
    if (!(error instanceof IndexesError)) throw error;
    const field = path.slice(path.indexOf(".") + 1);
    return [invalid(path, text, `error parsing ${field}: ${error.message}`)];
  }
}

function validateNoOverlap(completed: string, failed: string, completions: number): FieldErrors {
  const common = findCommonIndex(completed, failed, completions);
  const message = `failedIndexes and completedIndexes overlap at index: ${String(common)}`;
  return common === undefined ? [] : [invalid("status.failedIndexes", failed, message)];
}

function validateCountsOfFinished({ next, changed }: Transition): FieldErrors {
  const { terminating = 0, ready = 0, active, isFinished } = next;
  return collectErrors(
    changed("isFinished", "terminating") &&
      isFinished &&
      terminating > 0 &&
      invalid("status.terminating", terminating, "terminating>0 is invalid for finished job"),
    changed("ready", "active") &&
      ready > active &&
      invalid("status.ready", ready, "cannot set more ready pods than active"),
  );
}

/** These hold whatever has changed. */
function validateSuccessCriteria({ spec, next, previous }: Transition): FieldErrors {
  const { hasSuccessCriteriaMet, isFailed, hasFailureTarget, isComplete } = next;
  return collectErrors(
    hasSuccessCriteriaMet &&
      isFailed &&
      badConditions("cannot set SuccessCriteriaMet=True and Failed=true conditions"),
    hasSuccessCriteriaMet &&
      hasFailureTarget &&
      badConditions("cannot set SuccessCriteriaMet=True and FailureTarget=true conditions"),
    spec.successPolicy !== undefined &&
      !hasSuccessCriteriaMet &&
      isComplete &&
      badConditions("cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True"),
    ...TERMINAL_CONDITIONS.filter(
      (type) =>
        isConditionTrue(previous.status.conditions, type) && !isConditionTrue(next.status.conditions, type),
    ).map((type) => badConditions(`cannot disable the terminal ${type}=True condition`)),
  );
}

/** What a job has counted stays counted; an indexed job may give up indexes when it is scaled down. */
function validateProgress({ spec, next, previous }: Transition): FieldErrors {
  const { failed = 0, succeeded = 0 } = next.status;
  const isScalable = spec.completionMode === "Indexed" && spec.completions === spec.parallelism;
  return collectErrors(
    failed < (previous.status.failed ?? 0) &&
      invalid("status.failed", failed, "cannot decrease the failed counter"),
    !isScalable &&
      succeeded < (previous.status.succeeded ?? 0) &&
      invalid("status.succeeded", succeeded, "cannot decrease the succeeded counter"),
  );
}

/** A job that is resumed starts again; otherwise the times stay once they are set. */
function validateTimesUpdate({ spec, next, previous, changed }: Transition): FieldErrors {
  const { conditions } = next.status;
  const isResumed = conditions?.some(({ type, status }) => type === "Suspended" && status === "False");
  const isResuming = isConditionTrue(previous.status.conditions, "Suspended") && isResumed === true;
  const isCompletionMoved =
    changed("completionTime") && next.completionTime !== undefined && previous.completionTime !== undefined;
  const isStartMoved = changed("startTime") && previous.startTime !== undefined;
  return collectErrors(
    isCompletionMoved && invalid("status.completionTime", next.completionTime, "field is immutable"),
    isStartMoved &&
      !isResuming &&
      spec.suspend !== true &&
      invalid("status.startTime", next.startTime, "field is immutable for unsuspended job once set"),
  );
}

function validateSuccessUpdate({ next, previous }: Transition): FieldErrors {
  return collectErrors(
    previous.hasSuccessCriteriaMet &&
      !next.hasSuccessCriteriaMet &&
      badConditions("cannot disable the SuccessCriteriaMet=True condition"),
    previous.isComplete &&
      !previous.hasSuccessCriteriaMet &&
      next.hasSuccessCriteriaMet &&
      badConditions("cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions"),
  );
}

function badConditions(detail: string) {
  return invalidWithoutValue("status.conditions", detail);
}
