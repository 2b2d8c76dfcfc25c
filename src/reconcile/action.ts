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
}

/** A change a controller wants. Plain data: nothing happens until `applyPlan` runs it. */
export type Action =
  | { readonly type: "create"; readonly object: NewObject }
  /** Replaces the object; its resourceVersion is the precondition. */
  | { readonly type: "update"; readonly object: KubeObject }
  /** Replaces the status; the object's resourceVersion is the precondition. */
  | { readonly type: "updateStatus"; readonly object: KubeObject }
  /** A JSON merge patch of the object or of a subresource, guarded by uid. */
  | {
      readonly type: "patch";
      readonly target: ObjectRef;
      readonly uid: string;
      readonly patch: Readonly<Record<string, unknown>>;
      readonly subresource?: "status" | "scale" | "finalize";
    }
  | {
      readonly type: "delete";
      readonly target: ObjectRef;
      readonly uid: string;
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
