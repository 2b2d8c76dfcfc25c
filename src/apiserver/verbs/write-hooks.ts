import type { FieldError } from "#apimachinery/field-error.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { DeleteOptions, RequestTarget } from "#apimachinery/request.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import type { DeletionPlan } from "./plan-deletion.ts";

/** What a resource does besides storing its objects, such as giving addresses to Services. */
export interface WriteHooks {
  /**
   * Refuses what the writer may not write although the request as such is allowed, by throwing a StatusError. Asked
   * before everything else here, about requests for the resource itself.
   */
  readonly authorize?: (write: {
    readonly user: UserInfo;
    readonly target: RequestTarget;
    readonly next: KubeObject;
    readonly previous: KubeObject | undefined;
  }) => Promise<void>;
  /**
   * Completes an object before it is prepared and validated, in requests for the resource itself. Throws a
   * StatusError when it cannot be completed; otherwise `finish` is called once.
   */
  readonly begin?: (next: KubeObject, previous: KubeObject | undefined) => BegunWrite;
  /** Texts for `Warning:` headers besides those of the kind, on create and update. */
  readonly warnings?: (next: KubeObject) => readonly string[];
  /** What is wrong besides what the kind finds, in requests for the resource itself. */
  readonly validate?: (next: KubeObject, previous: KubeObject | undefined) => readonly FieldError[];
  /** Decides about a deletion in place of the general rules; undefined leaves it to them. `now` is in milliseconds. */
  readonly planDeletion?: (
    object: KubeObject,
    options: DeleteOptions,
    now: number,
  ) => DeletionPlan | undefined;
  /** Whether an object that is being deleted can go once it has no finalizers. Default: it can. */
  readonly isFinished?: (object: KubeObject) => boolean;
  /**
   * Brings what follows from an object in step with it, once it has been written and before the writer is answered.
   * Failures are the hook's own to report.
   */
  readonly afterWrite?: (next: KubeObject, previous: KubeObject | undefined) => Promise<void>;
  /** Cleans up behind an object that has been deleted. Failures are the hook's own to report. */
  readonly afterDelete?: (object: KubeObject) => Promise<void>;
}

export interface BegunWrite {
  readonly object: KubeObject;
  /** The revision at which the object was written; undefined when it was not. */
  finish(revision: number | undefined): void;
}
