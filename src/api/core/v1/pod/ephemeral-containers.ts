/** Updates through `pods/ephemeralcontainers`, with which `kubectl debug` adds containers to a running pod. */
import { forbidden } from "#apimachinery/field-error.ts";
import { omit } from "#base/omit.ts";
import type { EphemeralContainer, Pod } from "../../../generated/core-v1.ts";
import type { UpdateSubresource } from "../../../kind.ts";
import { WHOLE_OBJECT } from "../../../validation/checks.ts";
import type { FieldErrors } from "../../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../../validation/equality.ts";
import { unifiedDiff } from "../../../validation/unified-diff.ts";
import { MIRROR_ANNOTATION } from "../pod-spec/annotations.ts";
import { dropDisabledPodFields } from "../pod-spec/disabled-fields.ts";
import { keepMetadata } from "./keep-metadata.ts";
import { validateAnnotationChange, validatePodParts } from "./validation.ts";

const PATH = "spec.ephemeralContainers";

export const ephemeralContainers: UpdateSubresource<Pod> = {
  prepareForUpdate: (next, previous, context) => {
    const { ephemeralContainers: containers } = next.spec;
    const spec = {
      ...omit(previous.spec, "ephemeralContainers"),
      ...(containers !== undefined && { ephemeralContainers: containers }),
    };
    const updated = { ...previous, metadata: keepMetadata(next, previous), spec };
    return { ...updated, spec: dropDisabledPodFields(updated.spec, previous.spec, context) };
  },
  validateUpdate: (next, previous) => {
    if (previous.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) {
      return [forbidden(WHOLE_OBJECT, "static pods do not support ephemeral containers")];
    }
    return [
      ...validatePodParts(next),
      ...validateAnnotationChange(next, previous),
      ...validateKept(next, previous),
    ];
  },
};

/** What has been added stays; the order may change, since patches do not keep it. */
function validateKept(next: Pod, previous: Pod): FieldErrors {
  const byName = new Map((next.spec.ephemeralContainers ?? []).map((each) => [each.name, each]));
  return (previous.spec.ephemeralContainers ?? []).flatMap((container) =>
    validateContainerKept(byName.get(container.name), container),
  );
}

function validateContainerKept(
  next: EphemeralContainer | undefined,
  previous: EphemeralContainer,
): FieldErrors {
  const what = `existing ephemeral containers ${JSON.stringify(previous.name)}`;
  if (next === undefined) return [forbidden(PATH, `${what} may not be removed\n`)];
  if (semanticallyEqual(next, previous)) return [];
  return [forbidden(PATH, `${what} may not be changed\n${unifiedDiff(previous, next)}`)];
}
