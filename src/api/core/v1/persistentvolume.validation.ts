import { forbidden, invalid, notSupported, required } from "#apimachinery/field-error.ts";
import { checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import { omit } from "#base/omit.ts";
import type {
  NodeSelectorTerm,
  PersistentVolume,
  PersistentVolumeSpec,
  VolumeNodeAffinity,
} from "../../generated/core-v1.ts";
import {
  checkFormat,
  checkSupported,
  IMMUTABLE_MESSAGE,
  optionalFormat,
  requireText,
  validateEntries,
  validateImmutable,
  validateOptional,
} from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { type InternalForm, internalForm } from "../../validation/internal-form.ts";
import { sortedMap } from "../../validation/lists.ts";
import { validateBasicQuantity, validatePositiveQuantity } from "../../validation/resources.ts";
import { unifiedDiff } from "../../validation/unified-diff.ts";
import { VOLUME_SOURCES, validateVolumeSource } from "./persistentvolume-sources.ts";
import { NODE_SELECTOR_TERM, validateNodeSelector } from "./pod-spec/node-selector.ts";
import { VOLUME_MODES, validateAccessModes } from "./storage-fields.ts";

/** In the order in which messages list them. */
const RECLAIM_POLICIES: readonly string[] = ["Delete", "Recycle", "Retain"];

const VOLUME_NODE_AFFINITY: InternalForm = { Required: { NodeSelectorTerms: [NODE_SELECTOR_TERM] } };

export const MOUNT_OPTIONS_ANNOTATION = "volume.beta.kubernetes.io/mount-options";

/** The sources that the annotation with mount options is for. */
const MOUNTED_SOURCES = [
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "glusterfs",
  "nfs",
  "rbd",
  "quobyte",
  "iscsi",
  "cinder",
  "cephfs",
  "azureFile",
  "vsphereVolume",
  "azureDisk",
  "photonPersistentDisk",
] as const satisfies readonly (keyof PersistentVolumeSpec)[];

/** Labels of nodes that may be replaced by their successors where a volume is bound to a place. */
const SUCCESSORS: ReadonlyMap<string, string> = new Map([
  ["failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"],
  ["failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"],
  ["beta.kubernetes.io/os", "kubernetes.io/os"],
  ["beta.kubernetes.io/arch", "kubernetes.io/arch"],
  ["beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type"],
]);

export function validatePersistentVolume(volume: PersistentVolume): FieldErrors {
  const { metadata, spec } = volume;
  const { accessModes = [], persistentVolumeReclaimPolicy = "", volumeMode } = spec;
  return collectErrors(
    accessModes.length === 0 && required("spec.accessModes"),
    validateAccessModes(accessModes, "spec.accessModes"),
    validateCapacity(spec),
    persistentVolumeReclaimPolicy !== "" &&
      checkSupported(persistentVolumeReclaimPolicy, "spec.persistentVolumeReclaimPolicy", RECLAIM_POLICIES),
    validateOptional(spec.nodeAffinity, "spec.nodeAffinity", validateAffinity),
    validateVolumeSource(spec, metadata.name),
    validateRecycling(spec),
    optionalFormat(spec.storageClassName, "spec.storageClassName", checkDNS1123Subdomain),
    checkSupported(volumeMode, "spec.volumeMode", VOLUME_MODES),
    validateAttributesClass(spec),
    validateMountOptions(volume),
  );
}

export function validatePersistentVolumeUpdate(
  next: PersistentVolume,
  previous: PersistentVolume,
): FieldErrors {
  const before = previous.spec;
  const isClassLost =
    before.volumeAttributesClassName !== undefined && next.spec.volumeAttributesClassName === undefined;
  return collectErrors(
    validatePersistentVolume(next),
    validateSourceKept(next.spec, before),
    validateImmutable(next.spec.volumeMode, before.volumeMode, "volumeMode"),
    before.nodeAffinity !== undefined && validateAffinityKept(next.spec.nodeAffinity, before.nodeAffinity),
    isClassLost &&
      forbidden("spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden"),
  );
}

export function validatePersistentVolumeStatus({ metadata }: PersistentVolume): FieldErrors {
  return requireText(metadata.resourceVersion, "resourceVersion");
}

function validateCapacity({ capacity }: PersistentVolumeSpec): FieldErrors {
  const names = Object.keys(capacity ?? {});
  return collectErrors(
    names.length === 0 && required("spec.capacity"),
    (names.length !== 1 || names[0] !== "storage") &&
      notSupported("spec.capacity", capacity && sortedMap(capacity), ["storage"]),
    validateEntries(capacity, "spec.capacity", (_, amount, path) => [
      ...validateBasicQuantity(amount, path),
      ...validatePositiveQuantity(amount, path),
    ]),
  );
}

function validateAffinity({ required: selector }: VolumeNodeAffinity, path: string): FieldErrors {
  return selector === undefined
    ? [required(`${path}.required`, "must specify required node constraints")]
    : validateNodeSelector(selector, `${path}.required`);
}

/** Recycling deletes everything in the volume. */
export function validateRecycling({
  hostPath,
  persistentVolumeReclaimPolicy,
}: PersistentVolumeSpec): FieldErrors {
  const isRoot = hostPath !== undefined && isRootDirectory(hostPath.path);
  return isRoot && persistentVolumeReclaimPolicy === "Recycle"
    ? [forbidden("spec.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'")]
    : [];
}

/** Whether the path comes down to `/` (Go's `path.Clean`). */
function isRootDirectory(path: string): boolean {
  const folders: string[] = [];
  for (const name of path.split("/")) {
    if (name === "..") folders.pop();
    else if (name !== "" && name !== ".") folders.push(name);
  }
  return path.startsWith("/") && folders.length === 0;
}

function validateAttributesClass({
  volumeAttributesClassName: name,
  csi,
}: PersistentVolumeSpec): FieldErrors {
  if (name === undefined) return [];
  const path = "spec.volumeAttributesClassName";
  return collectErrors(
    name === ""
      ? required(path, "an empty string is disallowed")
      : checkFormat(name, path, checkDNS1123Subdomain),
    csi === undefined && required("spec.csi", "has to be specified when using volumeAttributesClassName"),
  );
}

function validateMountOptions({ metadata, spec }: PersistentVolume): FieldErrors {
  const hasOptions = metadata.annotations?.[MOUNT_OPTIONS_ANNOTATION] !== undefined;
  const isMounted = MOUNTED_SOURCES.some((source) => spec[source] !== undefined);
  const path = `metadata.annotations.${MOUNT_OPTIONS_ANNOTATION}`;
  return hasOptions && !isMounted
    ? [forbidden(path, "may not specify mount options for this volume type")]
    : [];
}

/** The source stays, but for a secret for expansion that was not there. */
function validateSourceKept(next: PersistentVolumeSpec, previous: PersistentVolumeSpec): FieldErrors {
  const before = sourceOf(previous);
  const after = sourceOf(withoutNewSecret(next, previous));
  if (semanticallyEqual(after, before)) return [];
  const message = `spec.persistentvolumesource is immutable after creation\n${unifiedDiff(before, after)}`;
  return [forbidden("spec.persistentvolumesource", message)];
}

function sourceOf(spec: PersistentVolumeSpec): PersistentVolumeSpec {
  return Object.fromEntries(
    VOLUME_SOURCES.filter((source) => spec[source] !== undefined).map((source) => [source, spec[source]]),
  );
}

function withoutNewSecret(next: PersistentVolumeSpec, previous: PersistentVolumeSpec): PersistentVolumeSpec {
  const isNew = previous.csi !== undefined && previous.csi.controllerExpandSecretRef === undefined;
  return next.csi !== undefined && isNew
    ? { ...next, csi: omit(next.csi, "controllerExpandSecretRef") }
    : next;
}

function validateAffinityKept(
  next: VolumeNodeAffinity | undefined,
  previous: VolumeNodeAffinity,
): FieldErrors {
  const before = previous.required?.nodeSelectorTerms.map((term, index) =>
    withSuccessors(term, next?.required?.nodeSelectorTerms[index]),
  );
  const expected = before === undefined ? previous : { required: { nodeSelectorTerms: before } };
  return semanticallyEqual(next, expected)
    ? []
    : [
        invalid(
          "nodeAffinity",
          internalForm(next, VOLUME_NODE_AFFINITY),
          `${IMMUTABLE_MESSAGE}, except for updating from beta label to GA`,
        ),
      ];
}

/** The old term with the labels that the new one has in place of their predecessors. */
function withSuccessors(term: NodeSelectorTerm, next: NodeSelectorTerm | undefined): NodeSelectorTerm {
  const { matchExpressions } = term;
  if (matchExpressions === undefined) return term;
  return {
    ...term,
    matchExpressions: matchExpressions.map((requirement, index) => {
      const key = next?.matchExpressions?.[index]?.key;
      return key !== undefined && SUCCESSORS.get(requirement.key) === key
        ? { ...requirement, key }
        : requirement;
    }),
  };
}
