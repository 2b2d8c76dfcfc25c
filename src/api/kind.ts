import type { FieldError } from "#apimachinery/field-error.ts";
import type { TableRowCondition, Time } from "#apimachinery/generated/meta-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { DeletionPropagation } from "#apimachinery/request.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import type { Features } from "./features.ts";
import { builtInResource, type Resource } from "./resource.ts";

/** One column of a Table answer; `priority` above zero shows only with `kubectl get -o wide`. */
export interface Column<T> {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  readonly format?: "name" | "date" | "password" | "int32" | "int64";
  readonly description?: string;
  readonly priority?: number;
  /** The cell. `now` (milliseconds since the epoch) is for ages, which Kubernetes prints on the server. */
  readonly value: (object: T, now: number) => unknown;
}

/** Where the scale subresource finds its numbers, for kinds that have one. */
export interface ScaleFields<T> {
  /** Undefined for an object that does not have the field, as those of built-in kinds always have it. */
  readonly replicas: (object: T) => number | undefined;
  readonly withReplicas: (object: T, replicas: number) => T;
  /** The names of the field and of those around it; default `spec` and `replicas`. */
  readonly replicasPath?: readonly string[];
  readonly statusReplicas: (object: T) => number;
  /** The label selector in its text form, as `kubectl autoscale` and HPA need it. */
  readonly selector: (object: T) => string;
}

/** What is known of a write besides the objects. */
export interface WriteContext {
  readonly user: UserInfo;
  /** When the request is handled. */
  readonly now: Time;
  /** What is switched on of what is off by default. */
  readonly features: Features;
}

/** What a subresource such as `approval` may change; it takes and gives whole objects, as `status` does. */
export interface UpdateSubresource<T> {
  /** Carries over from `previous` everything but what this subresource is for. */
  readonly prepareForUpdate: (next: T, previous: T, context: WriteContext) => T;
  readonly validateUpdate: (next: T, previous: T) => readonly FieldError[];
}

/**
 * What one kind does differently from all others. Every function is pure, total and synchronous, and none
 * changes its argument. A built-in kind and a custom resource have the same declaration.
 */
export interface KindBehavior<T extends KubeObject> {
  /** All columns in order, Name and Age included where the kind has them. Default: Name and Age. */
  readonly columns?: readonly Column<T>[];
  /** What the row of an object says besides its cells; undefined for nothing. */
  readonly rowConditions?: (object: T) => readonly TableRowCondition[] | undefined;
  /** The order of the rows of a list; default that of the list. */
  readonly compareRows?: (a: T, b: T) => number;
  /** Fills unset fields; idempotent. Runs after decoding and before admission, and on every read of old data. */
  readonly setDefaults?: (object: T) => T;
  /** The same of what has been merged and not decoded, for kinds that drop nulls when they are decoded. */
  readonly setMergedDefaults?: (object: T) => T;
  /**
   * Drops what a creator may not set. Name and uid are there already; status is cleared by the generic code for
   * kinds that have the subresource, unless `keepsStatusOnCreate`.
   */
  readonly prepareForCreate?: (object: T, context: WriteContext) => T;
  /** True for kinds that are created together with their status, as the kubelet creates its Node; default false. */
  readonly keepsStatusOnCreate?: boolean;
  /** Carries over what an updater may not change, beyond status and metadata. */
  readonly prepareForUpdate?: (next: T, previous: T, context: WriteContext) => T;
  /** As `prepareForUpdate`, for the status subresource; the generic code already keeps everything but status. */
  readonly prepareForStatusUpdate?: (next: T, previous: T, context: WriteContext) => T;
  /** Problems of a new object beyond its metadata, which the generic code checks. */
  readonly validate?: (object: T) => readonly FieldError[];
  /** Problems of an update, `validate` included: an implementation calls it where it applies. */
  readonly validateUpdate?: (next: T, previous: T) => readonly FieldError[];
  /** Problems of a status update. Default: none. */
  readonly validateStatusUpdate?: (next: T, previous: T) => readonly FieldError[];
  /** Subresources besides status and scale through which the object is updated, by name. */
  readonly updateSubresources?: Readonly<Record<string, UpdateSubresource<T>>>;
  /** What to check of `metadata.name`; default DNS subdomain. Returns the messages of what is wrong. */
  readonly validateName?: (name: string, isPrefix: boolean) => readonly string[];
  /** Texts for `Warning:` headers on create and update. */
  readonly warnings?: (next: T, previous: T | undefined) => readonly string[];
  /** As `warnings`, about a new object as it came, before `prepareForCreate`. */
  readonly creationWarnings?: (object: T) => readonly string[];
  /** As `warnings`, on updates of the status. */
  readonly statusWarnings?: (next: T) => readonly string[];
  /** Fields besides metadata.name and metadata.namespace that field selectors may name, with their values. */
  readonly selectableFields?: Readonly<Record<string, (object: T) => string>>;
  /** What is said of any other field; default `field label not supported`. */
  readonly describeUnselectable?: (field: string) => string;
  readonly scale?: ScaleFields<T>;
  /**
   * False for kinds whose objects have no `metadata.generation`, such as roles and leases; `fromFirstChange` for those
   * that get one with the first change; default true.
   */
  readonly hasGeneration?: boolean | "fromFirstChange";
  /** Whether a change raises `metadata.generation`; default: anything outside metadata and status changed. */
  readonly isNewGeneration?: (next: T, previous: T) => boolean;
  /** Grace period in seconds of a deletion that must be graceful; undefined deletes at once (the default). */
  readonly gracePeriodSeconds?: (object: T, requested: number | undefined) => number | undefined;
  /**
   * What a deletion that names no policy does with dependents; default `Background`. Nobody waits for the dependents of
   * a kind that supports no policy.
   */
  readonly defaultPropagation?: DeletionPropagation | "Unsupported";
  /** What somebody is told who deletes an object without naming a policy. */
  readonly deletionWarning?: string;
  /** True when an update of a missing object creates it (`AllowCreateOnUpdate`); default false. */
  readonly allowCreateOnUpdate?: boolean;
  /** True when an update may leave resourceVersion out (`AllowUnconditionalUpdate`); default true. */
  readonly allowUnconditionalUpdate?: boolean;
  /** The version that is stored, for a kind that is served in several; default: this one. */
  readonly storage?: StorageVersion<T>;
}

/**
 * Lossless conversion between a served version and the stored one. Objects are prepared and validated by the stored
 * version's rules; where the served version declares `validateName`, `validate` or `validateUpdate`, those apply instead.
 */
export interface StorageVersion<T extends KubeObject> {
  readonly resource: Resource;
  readonly toStorage: (object: T) => KubeObject;
  readonly fromStorage: (object: KubeObject) => T;
}

/** Everything the API server needs to know about a kind. */
export interface Kind<T extends KubeObject = KubeObject> extends KindBehavior<T> {
  readonly resource: Resource;
}

/**
 * Declares a built-in kind. Names, scope, verbs and subresources come from the generated table, so that
 * discovery cannot drift from upstream.
 */
export function defineKind<T extends KubeObject>(
  identity: { readonly apiVersion: T["apiVersion"]; readonly kind: T["kind"] },
  behavior: KindBehavior<T> = {},
): Kind<T> {
  const slash = identity.apiVersion.indexOf("/");
  const group = slash < 0 ? "" : identity.apiVersion.slice(0, slash);
  const version = identity.apiVersion.slice(slash + 1);
  return Object.freeze({ resource: builtInResource(group, version, identity.kind), ...behavior });
}
