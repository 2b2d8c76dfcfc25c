import type { SubjectAccessReviewSpec } from "#api/generated/authorization-v1.ts";
import type { Resource } from "#api/resource.ts";
import type { KubeObject, NewObject } from "#apimachinery/meta.ts";
import { isNotFound } from "#apimachinery/status-error.ts";
import { assertNever } from "#base/assert-never.ts";
import type { Client, ObjectName } from "#client/client.ts";
import type { Action, AnyKind, ObjectRef, Requirement } from "./action.ts";
import type { KindTable } from "./kind-table.ts";

export type WriteAction = Exclude<Action, { readonly type: "event" }>;

/** What a write did, in terms of what the caches must show before they can be trusted again. */
export type Write =
  /** The cache of the kind must reach this revision. */
  | {
      readonly type: "written";
      readonly kind: AnyKind;
      readonly name: string;
      readonly resourceVersion: string;
    }
  /** The object with this uid must be gone or be marked for deletion. */
  | { readonly type: "deleted"; readonly target: ObjectRef; readonly uid: string };

/** A requirement of an action does not hold at the server: the caches are behind, or it is too early. */
export class UnmetRequirement extends Error {
  constructor(requirement: Requirement) {
    super(`Cannot write yet: ${describeRequirement(requirement)}`);
    this.name = "UnmetRequirement";
  }
}

/** The plan of a controller writes what the controller does not declare: a bug. */
export class UndeclaredWrite extends Error {
  constructor(controller: string, write: string) {
    super(`Controller "${controller}" may not write "${write}": it does not declare it`);
    this.name = "UndeclaredWrite";
  }
}

export interface WriterOptions {
  readonly controller: string;
  /** What the controller declares: `Pod`, `ReplicaSet/status`, or `*` for everything. */
  readonly writes: readonly AnyKind[];
}

export interface WriterDependencies {
  readonly client: Client;
  /** The kinds that actions can name. */
  readonly kinds: () => KindTable;
}

/** The only way in which the decisions of a controller reach the API server. */
export class Writer {
  readonly #options: WriterOptions;
  readonly #dependencies: WriterDependencies;

  constructor(options: WriterOptions, dependencies: WriterDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** Throws `UndeclaredWrite` unless the controller declares the action. */
  check(action: WriteAction): void {
    const { kind, subresource } = this.#targetOf(action);
    const write = subresource === undefined ? kind : `${kind}/${subresource}`;
    if (this.#options.writes.includes(write) || this.#options.writes.includes("*")) return;
    throw new UndeclaredWrite(this.#options.controller, write);
  }

  /** Rejects with a `StatusError`, or with `UnmetRequirement` before anything is written. */
  async write(action: WriteAction, signal: AbortSignal): Promise<Write> {
    const { client } = this.#dependencies;
    const { kind } = this.#targetOf(action);
    const resource = this.#resource(kind);
    switch (action.type) {
      case "create":
        return written(kind, await client.create(resource, action.object, { signal }));
      case "update": {
        await this.#require(action.requires, signal);
        const { subresource } = action;
        const options = { signal, ...(subresource !== undefined && { subresource }) };
        return written(kind, await client.update(resource, action.object, options));
      }
      case "updateStatus":
        await this.#require(action.requires, signal);
        return written(kind, await client.updateStatus(resource, action.object, { signal }));
      case "patch":
        await this.#require(action.requires, signal);
        return written(
          kind,
          await client.patch(resource, nameOf(action.target), patchOf(action), { signal }),
        );
      case "delete":
        await this.#require(action.requires, signal);
        return this.#delete(resource, action, signal);
      case "evict":
        return this.#evict(action, signal);
      default:
        return assertNever(action);
    }
  }

  async #delete(
    resource: Resource,
    action: Extract<Action, { type: "delete" }>,
    signal: AbortSignal,
  ): Promise<Write> {
    const { target, uid, resourceVersion, propagationPolicy, gracePeriodSeconds } = action;
    try {
      await this.#dependencies.client.delete(resource, nameOf(target), {
        preconditions: { uid, ...(resourceVersion !== undefined && { resourceVersion }) },
        ...(propagationPolicy !== undefined && { propagationPolicy }),
        ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
        signal,
      });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return { type: "deleted", target, uid };
  }

  async #evict({ target, uid }: Extract<Action, { type: "evict" }>, signal: AbortSignal): Promise<Write> {
    const eviction = {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: nameOf(target),
      deleteOptions: { preconditions: { uid } },
    };
    const { client } = this.#dependencies;
    await client.createSubresource("Pod", nameOf(target), "eviction", eviction, { signal });
    return { type: "deleted", target, uid };
  }

  async #require(requirements: readonly Requirement[] = [], signal: AbortSignal): Promise<void> {
    for (const requirement of requirements) {
      if (!(await this.#holds(requirement, signal))) throw new UnmetRequirement(requirement);
    }
  }

  async #holds(requirement: Requirement, signal: AbortSignal): Promise<boolean> {
    if (requirement.type === "empty") {
      const { kind, namespace } = requirement;
      const options = { namespace, limit: 1, signal };
      return (await this.#dependencies.client.list(this.#resource(kind), options)).items.length === 0;
    }
    if (requirement.type === "allowed") return this.#isAllowed(requirement.review, signal);
    const found = await this.#find(requirement.target, signal);
    const isSame = found !== undefined && found.metadata.uid === (requirement.uid ?? found.metadata.uid);
    if (requirement.type === "absent") return !isSame;
    return isSame && found.metadata.deletionTimestamp === undefined;
  }

  async #isAllowed(spec: SubjectAccessReviewSpec, signal: AbortSignal): Promise<boolean> {
    const review = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      metadata: {},
      spec,
    } as const;
    const { status } = await this.#dependencies.client.create("SubjectAccessReview", review, { signal });
    return status?.allowed === true;
  }

  async #find(target: ObjectRef, signal: AbortSignal): Promise<KubeObject | undefined> {
    try {
      return await this.#dependencies.client.get(this.#resource(target.kind), nameOf(target), { signal });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  #targetOf(action: WriteAction): { readonly kind: AnyKind; readonly subresource?: string } {
    switch (action.type) {
      case "create":
        return { kind: this.#kindOf(action.object) };
      case "update":
        return { kind: this.#kindOf(action.object), ...subresourceOf(action) };
      case "updateStatus":
        return { kind: this.#kindOf(action.object), subresource: "status" };
      case "patch":
        return { kind: action.target.kind, ...subresourceOf(action) };
      case "delete":
        return { kind: action.target.kind };
      case "evict":
        return { kind: "Pod", subresource: "eviction" };
      default:
        return assertNever(action);
    }
  }

  #kindOf(object: KubeObject | NewObject): AnyKind {
    const known = this.#dependencies.kinds().byType(object);
    if (known === undefined) throw new RangeError(`No kind "${object.kind}" in "${object.apiVersion}"`);
    return known.kind;
  }

  #resource(kind: AnyKind): Resource {
    const known = this.#dependencies.kinds().byName(kind);
    if (known === undefined) throw new RangeError(`No kind "${kind}"`);
    return known.resource;
  }
}

function subresourceOf({ subresource }: { readonly subresource?: string }): {
  readonly subresource?: string;
} {
  return subresource === undefined ? {} : { subresource };
}

function nameOf({ namespace, name }: ObjectRef): ObjectName {
  return namespace === "" ? { name } : { namespace, name };
}

/** The uid inside the patch makes the server refuse it for an object that has only the name in common. */
function patchOf({ patch, uid, subresource }: Extract<Action, { type: "patch" }>): {
  readonly type: "merge";
  readonly document: unknown;
  readonly subresource?: string;
} {
  const metadata = typeof patch["metadata"] === "object" ? patch["metadata"] : {};
  const document = { ...patch, metadata: { ...metadata, uid } };
  return { type: "merge", document, ...(subresource !== undefined && { subresource }) };
}

function written(kind: AnyKind, { metadata }: KubeObject): Write {
  return { type: "written", kind, name: metadata.name, resourceVersion: metadata.resourceVersion ?? "" };
}

function describeRequirement(requirement: Requirement): string {
  if (requirement.type === "empty") {
    return `namespace "${requirement.namespace}" still has objects of kind ${requirement.kind}`;
  }
  if (requirement.type === "allowed") {
    const { user = "", resourceAttributes: { verb = "", resource = "", subresource = "" } = {} } =
      requirement.review;
    return `user "${user}" may not ${verb} ${resource}/${subresource}`;
  }
  const { kind, namespace, name } = requirement.target;
  const state = requirement.type === "absent" ? "still exists" : "is gone or being deleted";
  return `${kind} "${namespace}/${name}" with uid ${requirement.uid ?? "any"} ${state}`;
}
