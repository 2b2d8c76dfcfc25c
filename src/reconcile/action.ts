import type { SubjectAccessReviewSpec } from "#api/generated/authorization-v1.ts";
import type { KindName } from "#api/resource.ts";
import type { KubeObject, NewObject } from "#apimachinery/meta.ts";
import type { DeletionPropagation } from "#apimachinery/request.ts";

/** A kind by its name (`Pod`), or `group/version/Kind` for a kind that is only known at run time. */
export type AnyKind = KindName | (string & {});

export interface ObjectRef {
  readonly kind: AnyKind;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
}

/** What happened to an object, in the words of `kubectl describe`. */
export interface EventFacts {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  /** What the reporter did or tried; defaults to the reason. */
  readonly action?: string;
  /** The part of the object that is meant: `spec.containers{web}`. */
  readonly fieldPath?: string;
}

/**
 * Events that tell how a write went. `{name}` in a message stands for the name of the object that was written, which
 * the server may have generated, and `{error}` for what the server said.
 */
export interface WriteReport {
  readonly about: KubeObject;
  readonly succeeded?: EventFacts;
  readonly failed?: EventFacts;
}

/**
 * What must hold at the API server, whatever the caches say, right before a write that could not be taken back.
 * When it does not, the caches are behind or it is too early: the plan stops there and the key is looked at again.
 */
export type Requirement =
  /** No object has this name, or this name and uid. */
  | { readonly type: "absent"; readonly target: ObjectRef; readonly uid?: string }
  /** The object with this name and uid exists and is not being deleted. */
  | { readonly type: "alive"; readonly target: ObjectRef; readonly uid: string }
  /** The namespace has no object of this kind. */
  | { readonly type: "empty"; readonly kind: AnyKind; readonly namespace: string }
  /** A SubjectAccessReview says yes. */
  | { readonly type: "allowed"; readonly review: SubjectAccessReviewSpec };

/** A change a controller wants. Plain data: nothing happens until `applyPlan` runs it. */
export type Action =
  /**
   * A name that exists already is not a failure: the caches are behind. The rest of the plan runs and the key is
   * looked at again.
   */
  | { readonly type: "create"; readonly object: NewObject; readonly report?: WriteReport }
  /** Replaces the object, or its subresource; its resourceVersion is the precondition. */
  | {
      readonly type: "update";
      readonly object: KubeObject;
      readonly subresource?: "finalize" | "approval";
      readonly requires?: readonly Requirement[];
      readonly report?: WriteReport;
    }
  /** Replaces the status; the object's resourceVersion is the precondition. */
  | {
      readonly type: "updateStatus";
      readonly object: KubeObject;
      readonly requires?: readonly Requirement[];
    }
  /** A JSON merge patch of the object or of a subresource, guarded by uid. */
  | {
      readonly type: "patch";
      readonly target: ObjectRef;
      readonly uid: string;
      readonly patch: Readonly<Record<string, unknown>>;
      readonly subresource?: "status" | "scale" | "finalize";
      readonly requires?: readonly Requirement[];
    }
  | {
      readonly type: "delete";
      readonly target: ObjectRef;
      readonly uid: string;
      /** A second precondition besides the uid. */
      readonly resourceVersion?: string;
      readonly requires?: readonly Requirement[];
      readonly report?: WriteReport;
      readonly propagationPolicy?: DeletionPropagation;
      readonly gracePeriodSeconds?: number;
    }
  /** Posts an Eviction, which disruption budgets may refuse. */
  | { readonly type: "evict"; readonly target: ObjectRef; readonly uid: string }
  /** Records an event about the object. Never fails the plan. */
  | { readonly type: "event"; readonly about: KubeObject; readonly event: EventFacts };

/** The actions in the order they should happen; an empty list says that the desired state is reached. */
export interface Plan {
  readonly actions: readonly Action[];
  /** Look again after this time even if nothing changes. */
  readonly requeueAfterMs?: number;
}
