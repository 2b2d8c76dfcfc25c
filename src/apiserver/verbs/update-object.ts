import type { KubeObject } from "#apimachinery/meta.ts";
import type { PatchOptions, WriteOptions } from "#apimachinery/request.ts";
import {
  conflict,
  invalid,
  isAlreadyExists,
  notFound,
  type StatusError,
} from "#apimachinery/status-error.ts";
import { omit } from "#base/omit.ts";
import type { Entry } from "#store/store.ts";
import type { OperationOptions } from "../admission/operation-options.ts";
import { attributesOf, requireAllowed } from "../authorization/authorize-request.ts";
import { objectKey } from "../registry/storage-keys.ts";
import { toHub } from "../registry/version-conversion.ts";
import { guardedWrite, isTooLarge, type WriteDecision, type WriteOutcome } from "../storage/guarded-write.ts";
import { admissionRequest } from "./admission-request.ts";
import { insertObject } from "./create.ts";
import { isHeartbeat } from "./heartbeat.ts";
import { dropDuplicateOwners } from "./metadata.ts";
import {
  checkResourceVersion,
  isDeletionComplete,
  prepareForUpdate,
  type UpdateRules,
  validateUpdate,
} from "./prepare-update.ts";
import type { RequestScope } from "./request-scope.ts";
import { keepManagerTimes, withoutManagedFields } from "./track-fields.ts";
import type { UpdateStrategy } from "./update-strategy.ts";
import { hooksOf, type WriteEnvironment, writeContext } from "./write-environment.ts";
import type { BegunWrite, WriteHooks } from "./write-hooks.ts";
import type { WrittenObject } from "./written-object.ts";

export type UpdateOptions = Extract<OperationOptions, { readonly kind: "UpdateOptions" | "PatchOptions" }>;

export interface UpdateRequest {
  readonly strategy: UpdateStrategy;
  /**
   * The wanted object, in the version of the request, from the present one in the same version. Called again when
   * the object has changed before the update could be written.
   */
  readonly change: (present: KubeObject | undefined) => KubeObject | Promise<KubeObject>;
  readonly options: UpdateOptions;
  /** Only an object with this uid may be updated. */
  readonly uid?: string;
  /**
   * An apply creates a missing object although the kind does not allow that for plain updates, and is refused when the
   * object is too large with its managed fields.
   */
  readonly isApply?: boolean;
  /** What plugins see where that is not the object. Default: it is. */
  readonly view?: ObjectView;
}

/** The object as a subresource shows it. Objects are in the version of the hub. */
export interface ObjectView {
  readonly of: (object: KubeObject) => KubeObject;
  /** The object with what has been changed in its view. */
  readonly changed: (object: KubeObject, view: KubeObject) => KubeObject;
}

export interface UpdateResult {
  readonly written: WrittenObject;
  readonly created: boolean;
}

/** Changes an object, or creates it where that is allowed. Throws NotFound, Conflict, Invalid, Forbidden. */
export async function updateObject(
  environment: WriteEnvironment,
  scope: RequestScope,
  request: UpdateRequest,
): Promise<UpdateResult> {
  const { target, served } = scope;
  const key = objectKey(served, target.namespace, target.name ?? "");
  for (;;) {
    if (environment.storage.store.get(key) !== undefined) {
      return { written: await updateExisting(environment, scope, request, key), created: false };
    }
    if (!mayCreate(scope, request)) throw notFound(served.qualified, target.name ?? "");
    if (request.uid !== undefined) throw anotherUid(scope, key, { wanted: request.uid, present: "" });
    try {
      return { written: await createMissing(environment, scope, request), created: true };
    } catch (error) {
      // Somebody else was first: what they created can be updated.
      if (!isAlreadyExists(error) || environment.storage.store.get(key) === undefined) throw error;
    }
  }
}

/** The object is not the one that the request is about. */
function anotherUid(
  { served, target }: RequestScope,
  key: string,
  uids: { readonly wanted: string; readonly present: string },
): StatusError {
  const problem = `Precondition failed: UID in precondition: ${uids.wanted}, UID in object meta: ${uids.present}`;
  const why = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${problem}`;
  return conflict(served.qualified, target.name ?? "", why);
}

function mayCreate({ served }: RequestScope, { strategy, isApply = false }: UpdateRequest): boolean {
  return strategy.mayCreate && (isApply || served.hub.kind.allowCreateOnUpdate === true);
}

async function createMissing(
  environment: WriteEnvironment,
  scope: RequestScope,
  { change, options: { options }, isApply = false }: UpdateRequest,
): Promise<WrittenObject> {
  const wanted = await change(undefined);
  await requireAllowed(environment.authorizer, attributesOf(scope.context.user, scope.target, "create"));
  return await insertObject(environment, scope, wanted, {
    ...withoutForce(options),
    isApply,
    isUpdate: true,
  });
}

/** An object is created by force or not at all. */
function withoutForce(options: PatchOptions): WriteOptions {
  return options.force === undefined ? options : omit(options, "force");
}

async function updateExisting(
  environment: WriteEnvironment,
  scope: RequestScope,
  request: UpdateRequest,
  key: string,
): Promise<WrittenObject> {
  const update = new PendingUpdate(environment, scope, request);
  try {
    return await update.write(key);
  } catch (error) {
    // The list of field managers is not worth a refusal.
    if (!isTooLarge(error) || request.isApply === true) throw error;
    const change: UpdateRequest["change"] = async (present) =>
      withoutManagedFields(await request.change(present));
    return await new PendingUpdate(environment, scope, { ...request, change }).write(key);
  }
}

interface Checks {
  readonly rules: UpdateRules;
  readonly hooks: WriteHooks | undefined;
}

/** One update on its way to the store, through as many attempts as other writers make necessary. */
class PendingUpdate {
  readonly #environment: WriteEnvironment;
  readonly #scope: RequestScope;
  readonly #request: UpdateRequest;
  #begun: BegunWrite | undefined;
  #next: KubeObject | undefined;
  #previous: KubeObject | undefined;

  constructor(environment: WriteEnvironment, scope: RequestScope, request: UpdateRequest) {
    this.#environment = environment;
    this.#scope = scope;
    this.#request = request;
  }

  async write(key: string): Promise<WrittenObject> {
    const { storage } = this.#environment;
    let outcome: WriteOutcome | undefined;
    try {
      const { served } = this.#scope;
      outcome = await guardedWrite(storage, { key, served }, (entry) => this.#decide(entry), this.#scope);
    } finally {
      this.#finish(outcome?.type === "put" ? outcome.entry.revision : undefined);
    }
    const object = this.#next as KubeObject;
    const hooks = hooksOf(this.#environment, this.#scope.served);
    if (outcome.type === "removed") await hooks.afterDelete?.(storage.storedObjectOf(outcome.entry));
    if (outcome.type !== "put") return { object };
    if (this.#isOfResource) await hooks.afterWrite?.(object, this.#previous);
    return { object, entry: outcome.entry };
  }

  get #isDryRun(): boolean {
    return this.#request.options.options.dryRun ?? false;
  }

  get #isOfResource(): boolean {
    return (this.#scope.target.subresource ?? "") === "";
  }

  async #decide(entry: Entry | undefined): Promise<WriteDecision> {
    this.#finish(undefined);
    const { served, target } = this.#scope;
    if (entry === undefined) throw notFound(served.qualified, target.name ?? "");
    const { storage } = this.#environment;
    await storage.prepare([entry], served.hub);
    const previous = storage.objectOf(entry, served.hub);
    const { uid = previous.metadata.uid } = this.#request;
    if (uid !== previous.metadata.uid) {
      throw anotherUid(this.#scope, entry.key, { wanted: uid, present: previous.metadata.uid });
    }
    const wanted = await this.#request.change(storage.objectOf(entry, served));
    const next = await this.#complete(toHub(wanted, served), previous);
    this.#next = next;
    this.#previous = previous;
    const isFinished = hooksOf(this.#environment, served).isFinished ?? (() => true);
    const isGone = isDeletionComplete(next, previous) && isFinished(next);
    if (this.#isDryRun) return { type: "keep" };
    if (isGone) return { type: "remove" };
    return { type: "put", object: next, lazy: isHeartbeat(served.qualified, next, previous) };
  }

  /** From the wanted object to the one that is stored. */
  async #complete(wanted: KubeObject, previous: KubeObject): Promise<KubeObject> {
    const { strategy } = this.#request;
    const { served, warnings, target } = this.#scope;
    const { hub } = served;
    const admitted = await this.#mutate(wanted, previous);
    const owned = dropDuplicateOwners(admitted, "afterAdmission", (text) => warnings.add(text));
    const current = checkResourceVersion(owned, previous, hub);
    const hooks = this.#isOfResource ? hooksOf(this.#environment, hub) : undefined;
    await hooks?.authorize?.({ user: this.#scope.context.user, target, next: current, previous });
    this.#begun = hooks?.begin?.(current, previous);
    const context = writeContext(this.#environment, this.#scope.context.user);
    const rules = { strategy, served: served.written, context };
    const prepared = prepareForUpdate(this.#begun?.object ?? current, previous, rules);
    this.#requireValid(prepared, previous, { rules, hooks });
    const next = keepManagerTimes(prepared, previous);
    await this.#environment.admission.validate(this.#admission(next, previous));
    return next;
  }

  async #mutate(wanted: KubeObject, previous: KubeObject): Promise<KubeObject> {
    const { view } = this.#request;
    const request = this.#admission(wanted, previous);
    const admitted = await this.#environment.admission.mutate(request);
    if (view === undefined) return admitted;
    return admitted === request.object ? wanted : view.changed(wanted, admitted);
  }

  #admission(object: KubeObject, oldObject: KubeObject) {
    const { options, view } = this.#request;
    const update = { operation: "UPDATE", options, dryRun: this.#isDryRun } as const;
    return admissionRequest(this.#scope, {
      ...update,
      object: view?.of(object) ?? object,
      oldObject: view?.of(oldObject) ?? oldObject,
    });
  }

  #requireValid(next: KubeObject, previous: KubeObject, { rules, hooks }: Checks): void {
    const { served, warnings } = this.#scope;
    const { hub } = served;
    const errors = [...validateUpdate(next, previous, rules), ...(hooks?.validate?.(next, previous) ?? [])];
    if (errors.length > 0) throw invalid(hub.resource, next.metadata.name, errors);
    warnings.add(
      ...(rules.strategy.warnings?.(next, previous, hub) ?? []),
      ...(hooks?.warnings?.(next) ?? []),
    );
  }

  #finish(revision: number | undefined): void {
    this.#begun?.finish(revision);
    this.#begun = undefined;
  }
}
