import type { Container, PodSpec, PodTemplateSpec } from "../../generated/core-v1.ts";

/** Templates of which something is known that depends on no image, but on whether there is one. */
export class KnownTemplates {
  readonly #found = new WeakSet<PodTemplateSpec>();

  /** Notes that it holds for a template, which nobody changes any more. */
  note(template: PodTemplateSpec): void {
    this.#found.add(template);
  }

  /**
   * Whether it is known of a template: it has been noted, or the template differs from one for which it has been in nothing
   * but images, as a new release does. What the two have in common must be the very same objects, as it is where an update
   * has been decoded next to the stored object. Only what is frozen is known, because it is still what it was when it was noted.
   */
  has(template: PodTemplateSpec | undefined, previous: PodTemplateSpec | undefined): boolean {
    if (template === undefined) return false;
    if (this.#isNoted(template)) return true;
    if (previous === undefined || !this.#isNoted(previous)) return false;
    return isSameBut(["spec"], template, previous) && isSameButImages(template.spec, previous.spec);
  }

  #isNoted(template: PodTemplateSpec): boolean {
    return this.#found.has(template) && Object.isFrozen(template);
  }
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
