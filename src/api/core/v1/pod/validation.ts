import { type FieldError, forbidden, keyPath } from "#apimachinery/field-error.ts";
import { ownValue } from "#base/own-value.ts";
import type { Pod, PodSpec } from "../../../generated/core-v1.ts";
import { validateEach } from "../../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../../validation/collect-errors.ts";
import {
  APP_ARMOR_PREFIX,
  MIRROR_ANNOTATION,
  validatePodAnnotations,
  validateProfilesAgree,
} from "../pod-spec/annotations.ts";
import { validateImageTrimmed } from "../pod-spec/containers.ts";
import { validatePodSpec } from "../pod-spec/validation.ts";

const ANNOTATIONS = "metadata.annotations";

export function validatePod(pod: Pod): FieldErrors {
  const { metadata, spec } = pod;
  const isGated = (spec.schedulingGates ?? []).length > 0;
  return collectErrors(
    validatePodParts(pod),
    (spec.ephemeralContainers ?? []).length > 0 &&
      forbidden("spec.ephemeralContainers", "cannot be set on create"),
    isGated &&
      (spec.nodeName ?? "") !== "" &&
      forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared"),
    validateProfilesAgree(metadata.annotations, spec, "spec"),
  );
}

/** What holds of a pod at any time: annotations and spec. */
export function validatePodParts({ metadata, spec }: Pod): FieldErrors {
  return collectErrors(
    validatePodAnnotations(metadata.annotations, spec, ANNOTATIONS),
    validatePodSpec(spec, "spec", metadata),
    (spec.serviceAccountName ?? "") === "" && validateNoTokens(spec),
    validateEach(spec.containers, "spec.containers", validateImageTrimmed),
    validateEach(spec.initContainers, "spec.initContainers", validateImageTrimmed),
  );
}

/** Annotations through which the kubelet and the container runtime are controlled stay as they are. */
export function validateAnnotationChange(next: Pod, previous: Pod): FieldErrors {
  const after = next.metadata.annotations ?? {};
  const before = previous.metadata.annotations ?? {};
  const changed = Object.keys(before).filter((key) => ownValue(after, key) !== before[key]);
  const added = Object.keys(after).filter((key) => ownValue(before, key) === undefined);
  return [
    ...changed.flatMap((key) => forbidChange(key, "remove or update")),
    ...added.flatMap((key) => forbidChange(key, "add")),
  ];
}

function forbidChange(key: string, verb: string): readonly FieldError[] {
  const path = keyPath(ANNOTATIONS, key);
  if (key.startsWith(APP_ARMOR_PREFIX)) return [forbidden(path, `may not ${verb} AppArmor annotations`)];
  return key === MIRROR_ANNOTATION ? [forbidden(path, `may not ${verb} mirror pod annotation`)] : [];
}

/** A token is that of a service account. */
function validateNoTokens({ volumes }: PodSpec): FieldErrors {
  return validateEach(volumes, "spec.volumes", ({ projected }, path) =>
    validateEach(projected?.sources, `${path}.projected.sources`, ({ serviceAccountToken }, sourcePath) =>
      serviceAccountToken === undefined
        ? []
        : [
            forbidden(
              `${sourcePath}.serviceAccountToken`,
              "must not be specified when serviceAccountName is not set",
            ),
          ],
    ),
  );
}
