import type { Container, PodSpec, PodTemplateSpec } from "../../generated/core-v1.ts";

/** Templates in which nothing wrong has been found. */
const found = new WeakSet<PodTemplateSpec>();

export function noteValid(template: PodTemplateSpec): void {
  found.add(template);
}

/**
 * Whether a template is known to be valid: it has been looked at, or it differs from one that has been in nothing but
 * images, as a new release does. Of an image it counts only that there is one. What the two have in common must be the very
 * same objects, as it is where an update has been decoded next to the stored object. Only what is frozen is known, because
 * it is still what it was when it was looked at.
 */
export function isKnownValid(
  template: PodTemplateSpec | undefined,
  previous: PodTemplateSpec | undefined,
): boolean {
  if (template === undefined) return false;
  if (isFound(template)) return true;
  if (previous === undefined || !isFound(previous)) return false;
  return isSameBut(["spec"], template, previous) && isSameButImages(template.spec, previous.spec);
}

function isFound(template: PodTemplateSpec): boolean {
  return found.has(template) && Object.isFrozen(template);
}

function isSameButImages(next: PodSpec | undefined, previous: PodSpec | undefined): boolean {
  if (next === undefined || previous === undefined) return false;
  return (
    isSameBut(CONTAINER_LISTS, next, previous) &&
    CONTAINER_LISTS.every((field) => areSameButImages(next[field] ?? NONE, previous[field] ?? NONE))
  );
}

function areSameButImages(next: readonly Container[], previous: readonly Container[]): boolean {
  if (next === previous) return true;
  return (
    next.length === previous.length &&
    next.every((container, index) => {
      const other = previous[index];
      return other !== undefined && isNewImageOf(container, other);
    })
  );
}

function isNewImageOf(next: Container, previous: Container): boolean {
  if (next === previous) return true;
  return (next.image ?? "") !== "" && isSameBut(["image"], next, previous);
}

const CONTAINER_LISTS = ["containers", "initContainers"] as const satisfies readonly (keyof PodSpec)[];

const NONE: readonly Container[] = [];

/** Whether two objects have the same fields with the same values, apart from these. */
function isSameBut<T extends object>(fields: readonly (keyof T)[], a: T, b: T): boolean {
  const names = Object.keys(a) as (keyof T)[];
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && (a[name] === b[name] || fields.includes(name)))
  );
}
