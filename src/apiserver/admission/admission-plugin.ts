import type { KindRef, ObjectOf } from "#api/resource.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { QualifiedResource, StatusError } from "#apimachinery/status-error.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import type { Clock } from "#base/clock.ts";
import type { Level } from "../audit/audit-policy.ts";
import type { LatencyLayer } from "../audit-annotations.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { QuotaReservations } from "../quota/quota-reservations.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import { qualifiedName, type ServedResource } from "../registry/served-resource.ts";
import type { OperationOptions } from "./operation-options.ts";
import type { Reinvocation } from "./reinvocation.ts";

export type AdmissionOperation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

/** What is about to happen to an object, in the stored version of its kind (apiserver `admission.Attributes`). */
export interface AdmissionRequest {
  readonly operation: AdmissionOperation;
  readonly resource: QualifiedResource;
  /** The resource in the version of the request. */
  readonly served: ServedResource;
  /** Empty for the resource itself. */
  readonly subresource: string;
  /** Empty for cluster-scoped resources; a Namespace is in itself. */
  readonly namespace: string;
  /** Empty when the name is yet to be generated. */
  readonly name: string;
  /** The object as it would be stored; absent when it is to be deleted. */
  readonly object?: KubeObject;
  /** The stored object; absent when it is to be created. */
  readonly oldObject?: KubeObject;
  readonly dryRun: boolean;
  /** A connection has none besides its object. */
  readonly options: OperationOptions | undefined;
  /** Of mutations only. */
  readonly reinvocation?: Reinvocation;
  readonly user: UserInfo;
  /** Tells the client something besides the answer, in a `Warning:` header. */
  readonly warn: (text: string) => void;
  /** Adds to the audit event of the request, from some level on. A key keeps its first value; a malformed one is ignored. */
  readonly annotate: (key: string, value: string, level?: Level) => void;
  /** Says what the time of a request is spent on. */
  readonly took: (layer: LatencyLayer, ms: number) => void;
  /** Has something undone when the request fails after all, which does not reject. */
  readonly onFailure: (undo: () => Promise<void>) => void;
  readonly signal: AbortSignal;
}

/** Stored objects, for plugins whose decisions depend on others than the one that is admitted. */
export interface ClusterView {
  get<K extends KindRef>(
    kind: K,
    name: { readonly namespace?: string; readonly name: string },
  ): ObjectOf<K> | undefined;
  list<K extends KindRef>(kind: K, namespace?: string): readonly ObjectOf<K>[];
}

export interface AdmissionEnvironment {
  readonly cluster: ClusterView;
  /** For plugins that let those do something who are allowed to do something else. */
  readonly authorizer: Pick<Authorizer, "authorize">;
  /** A number from 0 up to but not including 1. */
  readonly random: () => number;
  readonly clock: Clock;
  readonly quotas: Pick<QuotaReservations, "reserve">;
  readonly kinds: Pick<KindRegistry, "findKind">;
  /** On the server's own account. */
  readonly createNamespace: (name: string) => Promise<unknown>;
}

/**
 * One rule about what may be stored, and how. `mutate` returns the object as it should be, or nothing when it is so
 * already; both functions return the error with which they refuse the request. All mutations come before all
 * validations.
 */
export interface AdmissionPlugin {
  /** Upstream's name, as in `--enable-admission-plugins`. */
  readonly name: string;
  readonly operations: readonly AdmissionOperation[];
  /** `pods`, `deployments.apps`, `pods/binding`; a resource does not include its subresources, `*` is everything. */
  readonly resources: readonly string[];
  readonly mutate?: (
    request: AdmissionRequest,
    environment: AdmissionEnvironment,
  ) => Mutation | Promise<Mutation>;
  readonly validate?: (
    request: AdmissionRequest,
    environment: AdmissionEnvironment,
  ) => StatusError | undefined | Promise<StatusError | undefined>;
}

type Mutation = KubeObject | StatusError | undefined;

export function defineAdmissionPlugin(plugin: AdmissionPlugin): AdmissionPlugin {
  return Object.freeze(plugin);
}

/** `pods`, `deployments.apps`, `pods/binding`: how plugins name what they look at. */
export function admissionTarget({
  resource,
  subresource,
}: Pick<AdmissionRequest, "resource" | "subresource">): string {
  const name = qualifiedName(resource);
  return subresource === "" ? name : `${name}/${subresource}`;
}
