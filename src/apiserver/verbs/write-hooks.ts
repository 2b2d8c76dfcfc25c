import type { KubeObject } from "#apimachinery/meta.ts";

/** What a resource does besides storing its objects, such as giving addresses to Services. */
export interface WriteHooks {
  /**
   * Completes an object before it is prepared and validated. Throws a StatusError when it cannot be completed;
   * otherwise `finish` is called once.
   */
  readonly begin?: (next: KubeObject, previous: KubeObject | undefined) => BegunWrite;
  /** Cleans up behind an object that has been deleted. Failures are the hook's own to report. */
  readonly afterDelete?: (object: KubeObject) => Promise<void>;
}

export interface BegunWrite {
  readonly object: KubeObject;
  /** The revision at which the object was written; undefined when it was not. */
  finish(revision: number | undefined): void;
}
