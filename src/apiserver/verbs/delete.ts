import type { KubeObject } from "#apimachinery/meta.ts";
import type { DeleteOptions } from "#apimachinery/request.ts";
import { notFound } from "#apimachinery/status-error.ts";
import type { Entry } from "#store/store.ts";
import { objectKey } from "../registry/storage-keys.ts";
import { withResourceVersion } from "../storage/encoded-object.ts";
import { guardedWrite, type WriteDecision, type WritePlace } from "../storage/guarded-write.ts";
import type { ObjectResponse } from "../storage/responses.ts";
import { admissionRequest } from "./admission-request.ts";
import { deletedResponse } from "./deleted-response.ts";
import {
  checkMarkPreconditions,
  checkPreconditions,
  type DeletionPlan,
  planDeletion,
  requestedPolicy,
} from "./plan-deletion.ts";
import type { RequestScope } from "./request-scope.ts";
import { hooksOf, type WriteEnvironment } from "./write-environment.ts";
import { writeResponse } from "./written-object.ts";

/** Deletes an object, or marks it for those who have to let it go first. */
export async function deleteObject(
  environment: WriteEnvironment,
  scope: RequestScope,
  options: DeleteOptions = {},
): Promise<ObjectResponse> {
  return await new PendingDeletion(environment, scope, options).run();
}

/** One deletion on its way through at most two writes: the mark, and the end. */
class PendingDeletion {
  readonly #environment: WriteEnvironment;
  readonly #scope: RequestScope;
  readonly #options: DeleteOptions;
  readonly #place: WritePlace;
  #previous: KubeObject | undefined;
  #plan: DeletionPlan = { type: "keep" };

  constructor(environment: WriteEnvironment, scope: RequestScope, options: DeleteOptions) {
    this.#environment = environment;
    this.#scope = scope;
    this.#options = options;
    const { served, target } = scope;
    this.#place = { key: objectKey(served, target.namespace, target.name ?? ""), served };
  }

  async run(): Promise<ObjectResponse> {
    const { storage } = this.#environment;
    warnOfDefault(this.#scope, this.#options);
    const outcome = await guardedWrite(storage, this.#place, (entry) => this.#decide(entry), this.#scope);
    if (outcome.type === "removed") return await this.#finish(outcome);
    const plan = this.#plan;
    const isGone = plan.type === "remove" || (plan.type === "mark" && plan.thenRemove);
    // Only those who name the deprecated flag are told that the object is still there.
    const code = !isGone && this.#options.orphanDependents === false ? 202 : 200;
    // Deciding has thrown unless there was an object.
    if (plan.type !== "mark") return deletedResponse(this.#scope, this.#previous as KubeObject, code);
    if (outcome.type === "kept") return await writeResponse(storage, this.#scope, plan, code);
    const marked = { object: plan.object, entry: outcome.entry };
    return plan.thenRemove
      ? await this.#remove(marked)
      : await writeResponse(storage, this.#scope, marked, code);
  }

  async #decide(entry: Entry | undefined): Promise<WriteDecision> {
    const { served, target } = this.#scope;
    if (entry === undefined) throw notFound(served.qualified, target.name ?? "");
    const { storage } = this.#environment;
    await storage.prepare([entry], served.hub);
    const previous = storage.objectOf(entry, served.hub);
    this.#previous = previous;
    const isMarkedFirst = hooksOf(this.#environment, served).planDeletion !== undefined;
    const refusal = isMarkedFirst
      ? checkMarkPreconditions(previous, served.qualified, this.#options)
      : checkPreconditions(previous, served.resource.group, this.#options);
    if (refusal !== undefined) throw refusal;
    this.#plan = this.#planFor(previous);
    if (this.#plan.type === "keep") return { type: "keep" };
    const { dryRun = false } = this.#options;
    const options = { kind: "DeleteOptions", options: this.#options } as const;
    await this.#environment.admission.admitDeletion(
      admissionRequest(this.#scope, { operation: "DELETE", oldObject: previous, options, dryRun }),
    );
    if (dryRun) return { type: "keep" };
    return this.#plan.type === "mark" ? { type: "put", object: this.#plan.object } : { type: "remove" };
  }

  #planFor(previous: KubeObject): DeletionPlan {
    const { kind } = this.#scope.served.hub;
    const now = this.#environment.clock.now();
    const special = hooksOf(this.#environment, this.#scope.served).planDeletion;
    return special?.(previous, this.#options, now) ?? planDeletion(previous, kind, this.#options, now);
  }

  /** The end of a deletion that had to be marked first. Others may have brought it to its end by now. */
  async #remove(marked: { readonly object: KubeObject; readonly entry: Entry }): Promise<ObjectResponse> {
    const { storage } = this.#environment;
    const { uid } = marked.object.metadata;
    const outcome = await guardedWrite(
      storage,
      this.#place,
      (entry) =>
        entry !== undefined && storage.storedObjectOf(entry).metadata.uid === uid
          ? { type: "remove" }
          : { type: "keep" },
      this.#scope,
    );
    if (outcome.type === "removed") return await this.#finish(outcome);
    return deletedResponse(this.#scope, storage.storedObjectOf(marked.entry), 200);
  }

  async #finish({
    entry,
    revision,
  }: {
    readonly entry: Entry;
    readonly revision: number;
  }): Promise<ObjectResponse> {
    const { served } = this.#scope;
    const last = withResourceVersion(this.#environment.storage.storedObjectOf(entry), revision);
    await hooksOf(this.#environment, served).afterDelete?.(last);
    return deletedResponse(this.#scope, last, 200);
  }
}

/** Tells who names no policy what the kind does by default, where that may surprise. */
export function warnOfDefault({ served, warnings }: RequestScope, options: DeleteOptions): void {
  const { deletionWarning } = served.hub.kind;
  if (deletionWarning !== undefined && requestedPolicy(options) === undefined) warnings.add(deletionWarning);
}
