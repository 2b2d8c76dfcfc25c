import { generateName } from "#apimachinery/generated-name.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { RequestBody, WriteOptions } from "#apimachinery/request.ts";
import {
  alreadyExists,
  forbidden,
  generateNameConflict,
  invalid,
  isAlreadyExists,
  StatusError,
  unclassified,
} from "#apimachinery/status-error.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { objectKey } from "../registry/storage-keys.ts";
import { toHub } from "../registry/version-conversion.ts";
import { guardedWrite, isTooLarge } from "../storage/guarded-write.ts";
import type { ObjectResponse } from "../storage/responses.ts";
import { admissionRequest, creation } from "./admission-request.ts";
import { decodeBody, withDefaults } from "./decode-body.ts";
import {
  dropDuplicateOwners,
  fillSystemMetadata,
  placeInNamespace,
  wipeSystemMetadata,
  withName,
} from "./metadata.ts";
import { prepareForCreate, validateCreate } from "./prepare-create.ts";
import type { RequestScope } from "./request-scope.ts";
import { trackUpdate, withoutManagedFields } from "./track-fields.ts";
import { hooksOf, type WriteEnvironment, writeContext } from "./write-environment.ts";
import { type WrittenObject, writeResponse } from "./written-object.ts";

/** How often a name is generated before giving up (registry `maxNameGenerationCreateAttempts`). */
const MAX_NAME_ATTEMPTS = 8;

export interface InsertOptions extends WriteOptions {
  /** An apply does not go without managed fields. */
  readonly isApply?: boolean;
  /** An update may say a version of what is not there yet. */
  readonly isUpdate?: boolean;
}

export async function createObject(
  environment: WriteEnvironment,
  scope: RequestScope,
  body: RequestBody,
  options: WriteOptions = {},
): Promise<ObjectResponse> {
  const { served, target, warnings } = scope;
  const decoded = decodeBody(environment, scope, body, options);
  const placed = placeInNamespace(withName(wipeSystemMetadata(decoded)), served, target.namespace);
  const owned = dropDuplicateOwners(placed, "beforeAdmission", (text) => warnings.add(text));
  const tracked = await trackUpdate(environment, scope, { next: owned, live: undefined, options });
  const written = await insertObject(environment, scope, tracked, options);
  return await writeResponse(environment.storage, scope, written, 201);
}

/**
 * Stores an object that is not there yet, given in the version of the request. Throws AlreadyExists when it is, and
 * when no free name could be generated.
 */
export async function insertObject(
  environment: WriteEnvironment,
  scope: RequestScope,
  object: KubeObject,
  { isApply = false, ...options }: InsertOptions,
): Promise<WrittenObject> {
  const { served, warnings } = scope;
  const wanted = toHub(object, served);
  if (served.noCreation !== undefined) {
    throw forbidden(served.qualified, wanted.metadata.name, served.noCreation);
  }
  const admitted = await environment.admission.mutate(
    admissionRequest(scope, { ...creation(options), object: wanted }),
  );
  const owned = dropDuplicateOwners(admitted, "afterAdmission", (text) => warnings.add(text));
  try {
    return await insertNamed(environment, scope, owned, options);
  } catch (error) {
    // The list of field managers is not worth a refusal.
    if (!isTooLarge(error) || isApply || owned.metadata.managedFields === undefined) throw error;
    return await insertNamed(environment, scope, withoutManagedFields(owned), options);
  }
}

async function insertNamed(
  environment: WriteEnvironment,
  scope: RequestScope,
  object: KubeObject,
  options: InsertOptions,
): Promise<WrittenObject> {
  const { name, generateName: base = "" } = object.metadata;
  if (name !== "" || base === "") return await insertOnce(environment, scope, object, options);
  for (let attempt = 1; ; attempt += 1) {
    const generated = generateName(base, environment.random);
    const named = { ...object, metadata: { ...object.metadata, name: generated } };
    try {
      // Defaults may depend on the name.
      return await insertOnce(environment, scope, withDefaults(named, scope.served.hub), options);
    } catch (error) {
      if (!isAlreadyExists(error) || attempt === MAX_NAME_ATTEMPTS) throw error;
    }
  }
}

async function insertOnce(
  environment: WriteEnvironment,
  scope: RequestScope,
  object: KubeObject,
  options: InsertOptions,
): Promise<WrittenObject> {
  const { hub } = scope.served;
  const context = writeContext(environment, scope.context.user);
  const filled = fillSystemMetadata(object, {
    uid: environment.newUid(),
    creationTimestamp: context.now,
  });
  const hooks = hooksOf(environment, hub);
  const { user } = scope.context;
  await hooks.authorize?.({ user, target: scope.target, next: filled, previous: undefined });
  const begun = hooks.begin?.(filled, undefined);
  let revision: number | undefined;
  try {
    const begunObject = begun?.object ?? filled;
    scope.warnings.add(...(hub.kind.creationWarnings?.(begunObject) ?? []));
    const next = prepareForCreate(begunObject, hub, context);
    await checkNew(environment, scope, next, options);
    const written = await storeNew(environment, scope, next, options);
    revision = written.entry?.revision;
    if (revision !== undefined) await hooks.afterWrite?.(written.object, undefined);
    return written;
  } finally {
    begun?.finish(revision);
  }
}

async function checkNew(
  environment: WriteEnvironment,
  scope: RequestScope,
  next: KubeObject,
  options: WriteOptions,
): Promise<void> {
  const { hub, written } = scope.served;
  const { kind, resource } = hub;
  const hooks = hooksOf(environment, hub);
  const errors = [...validateCreate(next, written), ...(hooks.validate?.(next, undefined) ?? [])];
  if (errors.length > 0) throw invalid(resource, next.metadata.name, errors);
  scope.warnings.add(...(kind.warnings?.(next, undefined) ?? []), ...(hooks.warnings?.(next) ?? []));
  await environment.admission.validate(admissionRequest(scope, { ...creation(options), object: next }));
}

async function storeNew(
  { storage }: WriteEnvironment,
  scope: RequestScope,
  next: KubeObject,
  { dryRun = false, isUpdate = false }: InsertOptions,
): Promise<WrittenObject> {
  // What is not stored need not be fit for it (registry `dryrun.go`).
  if (!dryRun && !isUpdate && (next.metadata.resourceVersion ?? "") !== "") {
    throw unclassified("resourceVersion should not be set on objects to be created");
  }
  const { served, target } = scope;
  const key = objectKey(served, target.namespace, next.metadata.name);
  const outcome = await guardedWrite(
    storage,
    { key, served },
    (present) => {
      if (present !== undefined) throw nameTaken(next, served, storage.storedObjectOf(present));
      return dryRun ? { type: "keep" } : { type: "put", object: next };
    },
    scope,
  );
  return outcome.type === "put" ? { object: next, entry: outcome.entry } : { object: next };
}

function nameTaken(
  { metadata: { name, generateName: base = "" } }: KubeObject,
  { qualified }: ServedResource,
  present: KubeObject,
): StatusError {
  const error = base === "" ? alreadyExists(qualified, name) : generateNameConflict(qualified, name);
  const isLeaving = (present.metadata.deletionTimestamp ?? null) !== null;
  if (!isLeaving) return error;
  return new StatusError({ ...error.status, message: `object is being deleted: ${error.message}` });
}
