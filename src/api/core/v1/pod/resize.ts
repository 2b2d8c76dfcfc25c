/** Updates through `pods/resize`, with which cpu and memory of a running pod change (KEP-1287, KEP-5419). */

import { type FieldError, forbidden, indexPath, invalid } from "#apimachinery/field-error.ts";
import { omit } from "#base/omit.ts";
import { ownValue } from "#base/own-value.ts";
import type { Container, Pod, PodSpec, ResourceRequirements } from "../../../generated/core-v1.ts";
import type { UpdateSubresource } from "../../../kind.ts";
import { WHOLE_OBJECT } from "../../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../../validation/equality.ts";
import type { ResourceList } from "../../../validation/resources.ts";
import { isSidecar, podQosClass } from "../pod-resources.ts";
import { MIRROR_ANNOTATION } from "../pod-spec/annotations.ts";
import { keepMetadata } from "./keep-metadata.ts";
import { validatePodParts } from "./validation.ts";

const CONTAINER_LISTS = ["containers", "initContainers"] as const;
const BOUNDS = ["requests", "limits"] as const;

/** The resources that can be changed while a container runs. */
const RESIZABLE = ["cpu", "memory"];

export const resize: UpdateSubresource<Pod> = {
  prepareForUpdate: (next, previous) => {
    if (hasOtherCounts(next.spec, previous.spec)) return next;
    return {
      ...previous,
      metadata: keepMetadata(next, previous),
      spec: resizedSpec(next.spec, previous.spec),
    };
  },
  validateUpdate: validateResize,
};

/** The old spec with the new resources and resize policies. */
function resizedSpec(next: PodSpec, previous: PodSpec): PodSpec {
  const { resources, initContainers = [] } = next;
  return {
    ...omit(previous, "resources"),
    containers: resizedContainers(next.containers, previous.containers),
    ...(initContainers.length > 0 && {
      initContainers: resizedContainers(initContainers, previous.initContainers ?? []),
    }),
    ...(resources !== undefined && { resources }),
  };
}

/** Containers with other names come back as they are, for validation to refuse. */
function resizedContainers(next: readonly Container[], previous: readonly Container[]): readonly Container[] {
  const isSameOrder = next.every(({ name }, index) => previous[index]?.name === name);
  if (!isSameOrder) return next;
  return previous.map((container, index): Container => {
    const { resources, resizePolicy } = next[index] ?? {};
    return {
      ...omit(container, "resources", "resizePolicy"),
      ...(resources !== undefined && { resources }),
      ...(resizePolicy !== undefined && { resizePolicy }),
    };
  });
}

function hasOtherCounts(next: PodSpec, previous: PodSpec): boolean {
  return CONTAINER_LISTS.some((list) => (next[list] ?? []).length !== (previous[list] ?? []).length);
}

function validateResize(next: Pod, previous: Pod): FieldErrors {
  if (previous.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) {
    return [forbidden(WHOLE_OBJECT, "static pods cannot be resized")];
  }
  if (previous.spec.os?.name === "windows")
    return [forbidden(WHOLE_OBJECT, "windows pods cannot be resized")];
  const errors = collectErrors(
    validatePodParts(next),
    validateQos(next, previous),
    !isSupported(previous) && forbidden("spec", "Pod running on node without support for resize"),
    validatePodResources(next.spec, previous.spec),
    (previous.status?.nodeAllocatableResourceClaimStatuses ?? []).length > 0 &&
      forbidden("spec", "pods with node allocatable resource claims cannot be resized"),
  );
  const order = validateOrder(next.spec, previous.spec);
  return [...errors, ...(order.length > 0 ? order : validateContainerResources(next.spec, previous.spec))];
}

function validateQos(next: Pod, previous: Pod): readonly FieldError[] {
  const before = previous.status?.qosClass ?? podQosClass(previous.spec);
  if (podQosClass(next.spec) === before) return [];
  return [invalid("spec", next.status?.qosClass, "Pod QOS Class may not change as a result of resizing")];
}

/** Kubelets that can resize report the resources of running containers. */
function isSupported({ status }: Pod): boolean {
  const running = status?.containerStatuses?.find(({ state }) => state?.running !== undefined);
  return running === undefined || running.resources !== undefined;
}

function validatePodResources(next: PodSpec, previous: PodSpec): FieldErrors {
  const after = next.resources;
  const before = previous.resources;
  if (before !== undefined && after === undefined) {
    const isSet = BOUNDS.some((bound) => Object.keys(before[bound] ?? {}).length > 0);
    return isSet ? [forbidden("spec.resources", "pod-level resources cannot be removed")] : [];
  }
  if (after === undefined) return [];
  const removed = BOUNDS.filter((bound) => isRemoved(after[bound], before?.[bound]));
  return collectErrors(
    removed.map((bound) =>
      forbidden(`spec.resources.${bound}`, `pod-level resource ${bound} cannot be removed`),
    ),
    !semanticallyEqual(withOldAmounts(after, before), before) &&
      forbidden("spec", "only cpu and memory resources are mutable at pod-level"),
  );
}

function validateOrder(next: PodSpec, previous: PodSpec): FieldErrors {
  return CONTAINER_LISTS.flatMap((list) => {
    const after = next[list] ?? [];
    const before = previous[list] ?? [];
    if (after.length !== before.length) {
      return [forbidden(`spec.${list}`, `${list} may not be added or removed on resize`)];
    }
    return before.flatMap(({ name }, index) =>
      after[index]?.name === name
        ? []
        : [
            forbidden(
              `${indexPath(`spec.${list}`, index)}.name`,
              `${list} may not be renamed or reordered on resize`,
            ),
          ],
    );
  });
}

function validateContainerResources(next: PodSpec, previous: PodSpec): FieldErrors {
  const initPath = "spec.initContainers";
  return collectErrors(
    eachPair(next.initContainers, previous.initContainers, initPath, validateNotRemoved),
    eachPair(next.containers, previous.containers, "spec.containers", validateNotRemoved),
    eachPair(next.containers, previous.containers, "spec", (after, before) =>
      hasOtherChanges(after, before) ? [forbidden("spec", "only cpu and memory resources are mutable")] : [],
    ),
    eachPair(next.initContainers, previous.initContainers, initPath, validateInitContainer),
  );
}

function eachPair(
  next: readonly Container[] | undefined,
  previous: readonly Container[] | undefined,
  path: string,
  validate: (next: Container, previous: Container, path: string) => FieldErrors,
): FieldErrors {
  return (previous ?? []).flatMap((before, index) => {
    const after = next?.[index];
    return after === undefined ? [] : validate(after, before, indexPath(path, index));
  });
}

function validateNotRemoved(next: Container, previous: Container, path: string): FieldErrors {
  return BOUNDS.filter((bound) => isRemoved(next.resources?.[bound], previous.resources?.[bound])).map(
    (bound) => forbidden(`${path}.resources.${bound}`, `resource ${bound} cannot be removed`),
  );
}

function validateInitContainer(next: Container, previous: Container, path: string): FieldErrors {
  const isRestarted = next.resizePolicy?.some(({ restartPolicy }) => restartPolicy === "RestartContainer");
  return collectErrors(
    hasOtherChanges(next, previous) &&
      forbidden(path, "only cpu and memory resources for init or sidecar containers are mutable"),
    isRestarted === true &&
      !isSidecar(next) &&
      !semanticallyEqual(next, previous) &&
      forbidden(
        path,
        "non-sidecar init containers with a resize policy of RestartContainer cannot be resized",
      ),
  );
}

/** Whether more than the amounts of cpu and memory differs. A container with claims cannot be resized at all. */
function hasOtherChanges(next: Container, previous: Container): boolean {
  const resources = withOldAmounts(omit(next.resources ?? {}, "claims"), previous.resources);
  return !semanticallyEqual({ ...next, resources }, previous);
}

function isRemoved(next: ResourceList | undefined, previous: ResourceList | undefined): boolean {
  return Object.keys(previous ?? {}).some((name) => ownValue(next, name) === undefined);
}

/** The new requirements with the old amounts of cpu and memory. */
function withOldAmounts(
  next: ResourceRequirements,
  previous: ResourceRequirements | undefined,
): ResourceRequirements {
  const lists = BOUNDS.map((bound) => [bound, withOldEntries(next[bound], previous?.[bound])] as const);
  const filled = lists.filter(([, list]) => Object.keys(list).length > 0);
  return { ...omit(next, ...BOUNDS), ...Object.fromEntries(filled) };
}

function withOldEntries(next: ResourceList = {}, previous: ResourceList = {}): ResourceList {
  const isFixed = ([name]: readonly [string, string]) => !RESIZABLE.includes(name);
  const isResizable = ([name]: readonly [string, string]) => RESIZABLE.includes(name);
  return Object.fromEntries([
    ...Object.entries(next).filter(isFixed),
    ...Object.entries(previous).filter(isResizable),
  ]);
}
