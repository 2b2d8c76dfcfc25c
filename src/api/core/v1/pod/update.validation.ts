/** What may change in a pod once it exists (core `ValidatePodUpdate`). */
import { type FieldError, forbidden, indexPath, invalid } from "#apimachinery/field-error.ts";
import { checkRange } from "#apimachinery/formats.ts";
import { omit } from "#base/omit.ts";
import type { Container, Pod, PodSpec, Toleration } from "../../../generated/core-v1.ts";
import { checkNumber } from "../../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../../validation/equality.ts";
import { unifiedDiff } from "../../../validation/unified-diff.ts";
import { validateGatedPodUpdate, withOldPlacement } from "./placement-update.validation.ts";
import { validateAnnotationChange, validatePodParts } from "./validation.ts";

const MAX_INT32 = 2 ** 31 - 1;

const UPDATABLE_FIELDS = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
].join(",");

export function validatePodUpdate(next: Pod, previous: Pod): FieldErrors {
  const errors = collectErrors(validatePodParts(next), validateAnnotationChange(next, previous));
  const { spec } = next;
  const before = previous.spec;
  const containers = validateContainerCount(spec, before);
  if (containers.length > 0) return [...errors, ...containers];
  const deadline = validateDeadline(spec, before);
  if (deadline.length > 0) return [...errors, ...deadline];
  return collectErrors(
    errors,
    spec.activeDeadlineSeconds === undefined &&
      before.activeDeadlineSeconds !== undefined &&
      invalid("spec.activeDeadlineSeconds", null, "must not update from a positive integer to nil value"),
    validateTolerationChange(spec.tolerations, before.tolerations),
    validateGateChange(spec, before),
    validateRest(spec, before),
  );
}

function validateContainerCount(next: PodSpec, previous: PodSpec): FieldErrors {
  const differing = (["containers", "initContainers"] as const).find(
    (list) => (next[list] ?? []).length !== (previous[list] ?? []).length,
  );
  return differing === undefined
    ? []
    : [forbidden(`spec.${differing}`, "pod updates may not add or remove containers")];
}

/** A deadline may be set, and be brought forward. */
function validateDeadline(
  { activeDeadlineSeconds }: PodSpec,
  { activeDeadlineSeconds: before = Number.POSITIVE_INFINITY }: PodSpec,
): FieldErrors {
  if (activeDeadlineSeconds === undefined) return [];
  const path = "spec.activeDeadlineSeconds";
  const errors = checkNumber(activeDeadlineSeconds, path, (value) => checkRange(value, 0, MAX_INT32));
  if (errors.length > 0 || activeDeadlineSeconds <= before) return errors;
  return [invalid(path, activeDeadlineSeconds, "must be less than or equal to previous value")];
}

/** Tolerations may be added, and last for another time. */
function validateTolerationChange(
  next: readonly Toleration[] = [],
  previous: readonly Toleration[] = [],
): FieldErrors {
  const kept = next.map(withoutTime);
  const isKept = (toleration: Toleration) =>
    kept.some((each) => semanticallyEqual(each, withoutTime(toleration)));
  return previous.every(isKept)
    ? []
    : [forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds")];
}

function withoutTime(toleration: Toleration): Toleration {
  return omit(toleration, "tolerationSeconds");
}

function validateGateChange(next: PodSpec, previous: PodSpec): FieldErrors {
  const known = new Set((previous.schedulingGates ?? []).map(({ name }) => name));
  return (next.schedulingGates ?? []).flatMap(({ name }, index) =>
    known.has(name)
      ? []
      : [
          forbidden(
            `${indexPath("spec.schedulingGates", index)}.name`,
            `only deletion is allowed, but found new scheduling gate '${name}'`,
          ),
        ],
  );
}

/** Everything that has no rule of its own must be as it was. */
function validateRest(next: PodSpec, previous: PodSpec): readonly FieldError[] {
  if (semanticallyEqual(next, previous)) return [];
  const isGated = (previous.schedulingGates ?? []).length > 0;
  const kept = withOldFields(next, previous);
  const compared = isGated ? withOldPlacement(kept, previous) : kept;
  const message = `pod updates may not change fields other than ${UPDATABLE_FIELDS}\n`;
  return collectErrors(
    isGated && validateGatedPodUpdate(kept, previous),
    !semanticallyEqual(compared, previous) && forbidden("spec", message + unifiedDiff(previous, compared)),
  );
}

/** The new spec with the old values of the fields that may change. */
function withOldFields(next: PodSpec, previous: PodSpec): PodSpec {
  const { initContainers } = next;
  const fields = {
    activeDeadlineSeconds: previous.activeDeadlineSeconds,
    schedulingGates: previous.schedulingGates,
    tolerations: previous.tolerations,
    initContainers: initContainers && withOldImages(initContainers, previous.initContainers ?? []),
  };
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
  return {
    ...omit(next, "activeDeadlineSeconds", "schedulingGates", "tolerations"),
    containers: withOldImages(next.containers, previous.containers),
    ...Object.fromEntries(kept),
  };
}

function withOldImages(next: readonly Container[], previous: readonly Container[]): readonly Container[] {
  return next.map((container, index): Container => {
    const image = previous[index]?.image;
    return { ...omit(container, "image"), ...(image !== undefined && { image }) };
  });
}
