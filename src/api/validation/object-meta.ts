/** `metadata` of all kinds (apimachinery `pkg/api/validation/objectmeta.go`). */
import { validateManagerName } from "#apimachinery/apply/manager-name.ts";
import { type FieldError, forbidden, invalid, required, tooLong } from "#apimachinery/field-error.ts";
import { checkQualifiedName } from "#apimachinery/formats.ts";
import type {
  EmbeddedObjectMeta,
  ManagedFieldsEntry,
  ObjectMeta,
  OwnerReference,
} from "#apimachinery/generated/meta-v1.ts";
import { validateLabels } from "#apimachinery/selectors/label-validation.ts";
import { checkFormat, validateEach, validateImmutable, validateNonNegative } from "./checks.ts";
import { collectEach, collectErrors } from "./collect-errors.ts";
import { checkLabelName, type NameCheck } from "./names.ts";

/** Upper bound of the bytes of all annotation keys and values together. */
const MAX_ANNOTATIONS_BYTES = 256 * 1024;
const MAX_SUBRESOURCE_BYTES = 256;

/** What an entry of `managedFields` may record. */
const OPERATIONS: readonly string[] = ["Apply", "Update"];

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

/** Paths have no index of the reference here. */
function validateOwnerReferences(references: readonly OwnerReference[], path: string): readonly FieldError[] {
  const first = references.find(({ controller }) => controller === true);
  return collectEach(references, (reference) =>
    collectErrors(
      validateOwnerReference(reference, path),
      reference.controller === true &&
        reference !== first &&
        invalid(
          path,
          references,
          `Only one reference can have Controller set to true. Found "true" in references for ${ownerName(first)} and ${ownerName(reference)}`,
        ),
    ),
  );
}

function ownerName(reference: OwnerReference | undefined): string {
  return `${reference?.kind ?? ""}/${reference?.name ?? ""}`;
}

function validateOwnerReference(reference: OwnerReference, path: string): readonly FieldError[] {
  const { apiVersion, kind } = reference;
  return collectErrors(
    !hasVersion(apiVersion) && invalid(`${path}.apiVersion`, apiVersion, "version must not be empty"),
    collectEach(["kind", "name", "uid"] as const, (field) =>
      reference[field] === "" ? invalid(`${path}.${field}`, "", "must not be empty") : [],
    ),
    apiVersion === "v1" &&
      kind === "Event" &&
      invalid(path, reference, "/v1, Kind=Event is disallowed from being an owner"),
  );
}

/** Of `group/version` or `version`; anything else has no version (apimachinery `ParseGroupVersion`). */
function hasVersion(apiVersion: string): boolean {
  const parts = apiVersion.split("/");
  return parts.length <= 2 && parts.at(-1) !== "";
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
  return collectErrors(
    resourceVersion === "" &&
      invalid(`${path}.resourceVersion`, resourceVersion, "must be specified for an update"),
    generation < (previous.generation ?? 0) &&
      invalid(`${path}.generation`, generation, "must not be decremented"),
  );
}

function validateManagedFields(entry: ManagedFieldsEntry, path: string): readonly FieldError[] {
  const { operation = "", fieldsType = "", manager = "", subresource = "" } = entry;
  return collectErrors(
    !OPERATIONS.includes(operation) && invalid(`${path}.operation`, operation, "must be `Apply` or `Update`"),
    fieldsType !== "" &&
      fieldsType !== "FieldsV1" &&
      invalid(`${path}.fieldsType`, fieldsType, "must be `FieldsV1`"),
    validateManagerName(manager, `${path}.manager`),
    Buffer.byteLength(subresource) > MAX_SUBRESOURCE_BYTES &&
      tooLong(`${path}.subresource`, MAX_SUBRESOURCE_BYTES),
  );
}
