import type { KubeObject } from "#apimachinery/meta.ts";
import type { ServedResource } from "./served-resource.ts";

/** A value that may be there already. */
export type Awaitable<T> = T | Promise<T>;

/**
 * How objects of a resource get from one of its versions to another. Answers with a promise only where somebody else has
 * to be asked, and then for all objects of a call at once.
 */
export interface VersionConversion {
  /** Stored objects, in whatever version and shape they have been stored, in the version `to`. */
  readonly fromStored: (
    objects: readonly KubeObject[],
    to: ServedResource,
  ) => Awaitable<readonly KubeObject[]>;
  /** An object of the version `from` as it is to be stored. */
  readonly toStored: (object: KubeObject, from: ServedResource) => Awaitable<KubeObject>;
  /** An object of one version in another, neither of which need be stored. */
  readonly between: (object: KubeObject, from: ServedResource, to: ServedResource) => Awaitable<KubeObject>;
}

/** Kinds that convert themselves, as all built-in ones do. */
export const kindConversion: VersionConversion = {
  fromStored: (objects, to) => objects.map((object) => fromStorage(object, to)),
  toStored: toStorage,
  between: (object, from, to) => fromStorage(toStorage(object, from), to),
};

/** From the version of the hub to that of `served`. Only built-in kinds have another hub. */
export function fromHub(object: KubeObject, served: ServedResource): KubeObject {
  return served.hub === served ? object : fromStorage(object, served);
}

/** From the version of `served` to that of its hub. */
export function toHub(object: KubeObject, served: ServedResource): KubeObject {
  return served.hub === served ? object : toStorage(object, served);
}

function fromStorage(object: KubeObject, { kind }: ServedResource): KubeObject {
  return kind.storage?.fromStorage(object) ?? object;
}

function toStorage(object: KubeObject, { kind }: ServedResource): KubeObject {
  return kind.storage?.toStorage(object) ?? object;
}
