/** `metadata` of all kinds (apimachinery `pkg/api/validation/objectmeta.go`). */
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
  tooLong,
} from "#apimachinery/field-error.ts";
import { checkQualifiedName } from "#apimachinery/formats.ts";
import type {
  EmbeddedObjectMeta,
  ManagedFieldsEntry,
  ObjectMeta,
  OwnerReference,
} from "#apimachinery/generated/meta-v1.ts";
import { validateLabels } from "#apimachinery/selectors/label-validation.ts";
import { checkFormat, validateEach, validateImmutable, validateNonNegative } from "./checks.ts";
import { checkLabelName, type NameCheck } from "./names.ts";

/** Upper bound of the bytes of all annotation keys and values together. */
const MAX_ANNOTATIONS_BYTES = 256 * 1024;
const MAX_FIELD_MANAGER_LENGTH = 128;
const MAX_SUBRESOURCE_LENGTH = 256;

const ORPHAN_FINALIZER = "orphan";
const FOREGROUND_FINALIZER = "foregroundDeletion";
/** The finalizers without a domain that objects of built-in kinds may carry. */
const STANDARD_FINALIZERS: readonly string[] = ["kubernetes", ORPHAN_FINALIZER, FOREGROUND_FINALIZER];

export interface ObjectMetaOptions {
  readonly namespaced: boolean;
  readonly validateName: NameCheck;
  /** Whether finalizers without a domain are allowed that are not standard ones, as on custom resources. */
  readonly anyFinalizer?: boolean;
}

/** Problems of the metadata of a new object, whose name has been generated already. */
export function validateObjectMeta(
  meta: ObjectMeta,
  { namespaced, validateName, anyFinalizer = false }: ObjectMetaOptions,
  path: string,
): readonly FieldError[] {
  const finalizersPath = `${path}.finalizers`;
  return [
    ...validateNames(meta, validateName, path),
    ...validateNamespace(meta.namespace, namespaced, `${path}.namespace`),
    ...validateNonNegative(meta.generation, `${path}.generation`),
    ...validateLabels(meta.labels, `${path}.labels`),
    ...validateAnnotations(meta.annotations, `${path}.annotations`),
    ...validateOwnerReferences(meta.ownerReferences ?? [], `${path}.ownerReferences`),
    ...validateFinalizers(meta.finalizers ?? [], finalizersPath),
    ...validateEach(meta.managedFields, `${path}.managedFields`, validateManagedFields),
    ...(anyFinalizer ? [] : validateEach(meta.finalizers, finalizersPath, validateStandardFinalizer)),
  ];
}

/** Problems of the metadata of an update. */
export function validateObjectMetaUpdate(
  next: ObjectMeta,
  previous: ObjectMeta,
  path: string,
  { anyFinalizer = false }: Pick<ObjectMetaOptions, "anyFinalizer"> = {},
): readonly FieldError[] {
  const finalizersPath = `${path}.finalizers`;
  return [
    ...validateNoNewFinalizers(next, previous, finalizersPath),
    ...validateVersions(next, previous, path),
    ...IMMUTABLE_FIELDS.flatMap((field) =>
      validateImmutable(next[field], previous[field], `${path}.${field}`),
    ),
    ...validateLabels(next.labels, `${path}.labels`),
    ...validateAnnotations(next.annotations, `${path}.annotations`),
    ...validateOwnerReferences(next.ownerReferences ?? [], `${path}.ownerReferences`),
    ...validateEach(next.managedFields, `${path}.managedFields`, validateManagedFields),
    ...(anyFinalizer ? [] : validateEach(next.finalizers, finalizersPath, validateStandardFinalizer)),
  ];
}

const IMMUTABLE_FIELDS = [
  "name",
  "namespace",
  "uid",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
] as const satisfies readonly (keyof ObjectMeta)[];

/** The metadata inside a PersistentVolumeClaim or ResourceClaim template, where only labels and annotations count. */
export function validateTemplateObjectMeta(
  meta: EmbeddedObjectMeta | undefined,
  path: string,
): readonly FieldError[] {
  const { labels, annotations, ...others } = meta ?? {};
  return [
    ...validateAnnotations(annotations, `${path}.annotations`),
    ...validateLabels(labels, `${path}.labels`),
    ...Object.entries(others)
      .filter(([, value]) => value !== undefined && value !== null && value !== "")
      .map(([field]) => forbidden(`${path}.${field}`, "cannot be set")),
  ];
}

/** Keys may have capitals here; the path of every error is that of the whole map. */
export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: string,
): readonly FieldError[] {
  const entries = Object.entries(annotations ?? {});
  const keys = entries.flatMap(([key]) =>
    checkQualifiedName(key.toLowerCase()).map((message) => invalid(path, key, message)),
  );
  return isTooLarge(entries) ? [...keys, tooLong(path, MAX_ANNOTATIONS_BYTES)] : keys;
}

function isTooLarge(entries: readonly (readonly [string, string])[]): boolean {
  const codeUnits = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  // UTF-8 needs at most three bytes for one UTF-16 unit, so that small maps need not be encoded.
  if (codeUnits * 3 <= MAX_ANNOTATIONS_BYTES) return false;
  const bytes = entries.reduce((sum, entry) => sum + Buffer.byteLength(entry.join("")), 0);
  return bytes > MAX_ANNOTATIONS_BYTES;
}

function validateNames(
  { name, generateName = "" }: ObjectMeta,
  validateName: NameCheck,
  path: string,
): readonly FieldError[] {
  const prefix = checkFormat(generateName, `${path}.generateName`, (text) =>
    text === "" ? [] : validateName(text, true),
  );
  if ((name ?? "") === "") return [...prefix, required(`${path}.name`, "name or generateName is required")];
  return [...prefix, ...checkFormat(name, `${path}.name`, (text) => validateName(text, false))];
}

function validateNamespace(namespace = "", namespaced: boolean, path: string): readonly FieldError[] {
  if (!namespaced) return namespace === "" ? [] : [forbidden(path, "not allowed on this type")];
  if (namespace === "") return [required(path)];
  return checkFormat(namespace, path, (text) => checkLabelName(text, false));
}

function validateOwnerReferences(references: readonly OwnerReference[], path: string): readonly FieldError[] {
  const controllers = references.filter(({ controller }) => controller === true);
  const [first, ...more] = controllers.map(({ kind, name }) => `${kind}/${name}`);
  return [
    ...validateEach(references, path, validateOwnerReference),
    ...more.map((other) =>
      invalid(
        path,
        references,
        `Only one reference can have Controller set to true. Found "true" in references for ${String(first)} and ${other}`,
      ),
    ),
  ];
}

function validateOwnerReference(reference: OwnerReference, path: string): readonly FieldError[] {
  const missing = (["kind", "name", "uid"] as const)
    .filter((field) => (reference[field] ?? "") === "")
    .map((field) => required(`${path}.${field}`, "must not be empty"));
  const isBanned = reference.apiVersion === "v1" && reference.kind === "Event";
  return [
    ...validateOwnerApiVersion(reference.apiVersion, `${path}.apiVersion`),
    ...missing,
    ...(isBanned ? [invalid(path, reference, "/v1, Kind=Event is disallowed from being an owner")] : []),
  ];
}

function validateOwnerApiVersion(apiVersion = "", path: string): readonly FieldError[] {
  if (apiVersion === "") return [required(path, "must not be empty")];
  const isValid = apiVersion.split("/").length <= 2 && !apiVersion.endsWith("/");
  return isValid ? [] : [invalid(path, apiVersion, "must be <group>/<version> or <version>")];
}

function validateFinalizers(finalizers: readonly string[], path: string): readonly FieldError[] {
  const conflict = finalizers.includes(ORPHAN_FINALIZER) && finalizers.includes(FOREGROUND_FINALIZER);
  const message = `finalizer ${ORPHAN_FINALIZER} and ${FOREGROUND_FINALIZER} cannot be both set`;
  return [
    ...finalizers.flatMap((finalizer) => checkFormat(finalizer, path, checkQualifiedName)),
    ...(conflict ? [invalid(path, finalizers, message)] : []),
  ];
}

/** A finalizer of a built-in kind must be standard or have a domain (`validateKubeFinalizerName`). */
export function validateStandardFinalizer(finalizer: string, path: string): readonly FieldError[] {
  return finalizer.includes("/") || STANDARD_FINALIZERS.includes(finalizer)
    ? []
    : [invalid(path, finalizer, "name is neither a standard finalizer name nor is it fully qualified")];
}

function validateNoNewFinalizers(
  next: ObjectMeta,
  previous: ObjectMeta,
  path: string,
): readonly FieldError[] {
  if ((previous.deletionTimestamp ?? null) === null) return [];
  const added = new Set(next.finalizers).difference(new Set(previous.finalizers));
  if (added.size === 0) return [];
  const list = [...added].toSorted().map((finalizer) => JSON.stringify(finalizer));
  return [
    forbidden(
      path,
      `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list.join(", ")}}`,
    ),
  ];
}

function validateVersions(next: ObjectMeta, previous: ObjectMeta, path: string): readonly FieldError[] {
  const { resourceVersion = "", generation = 0 } = next;
  const isDecremented = generation < (previous.generation ?? 0);
  return [
    ...(resourceVersion === ""
      ? [invalid(`${path}.resourceVersion`, resourceVersion, "must be specified for an update")]
      : []),
    ...validateNonNegative(generation, `${path}.generation`),
    ...(isDecremented ? [invalid(`${path}.generation`, generation, "must not be decremented")] : []),
  ];
}

function validateManagedFields(entry: ManagedFieldsEntry, path: string): readonly FieldError[] {
  const { operation = "", fieldsType = "", manager = "", subresource = "" } = entry;
  return [
    ...validateOperation(operation, `${path}.operation`),
    ...(fieldsType === "" || fieldsType === "FieldsV1"
      ? []
      : [invalid(`${path}.fieldsType`, fieldsType, "must be `FieldsV1`")]),
    ...validateFieldManager(manager, `${path}.manager`),
    ...(subresource.length > MAX_SUBRESOURCE_LENGTH
      ? [tooLong(`${path}.subresource`, MAX_SUBRESOURCE_LENGTH)]
      : []),
  ];
}

function validateOperation(operation: string, path: string): readonly FieldError[] {
  if (operation === "") return [required(path, "must not be empty")];
  const supported = ["Apply", "Update"];
  return supported.includes(operation) ? [] : [notSupported(path, operation, supported)];
}

/** The name of a field manager: at most 128 characters, all of them printable. */
export function validateFieldManager(manager: string, path: string): readonly FieldError[] {
  const hidden = [...manager.matchAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu)];
  return [
    ...(manager.length > MAX_FIELD_MANAGER_LENGTH ? [tooLong(path, MAX_FIELD_MANAGER_LENGTH)] : []),
    ...hidden.map(({ 0: character, index }) => {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
      const position = String(Buffer.byteLength(manager.slice(0, index)));
      return invalid(path, manager, `invalid character U+${code} (at position ${position})`);
    }),
  ];
}
