import { forbidden, invalid, required, tooLong } from "#apimachinery/field-error.ts";
import { checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import { validateCSIDriverName } from "../../core/v1/storage-sources.ts";
import type {
  VolumeAttachment,
  VolumeAttachmentSource,
  VolumeAttachmentStatus,
  VolumeError,
} from "../../generated/storage-v1.ts";
import { defineKind } from "../../kind.ts";
import { checkFormat, requireText, validateImmutable, validateOptional } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { type InternalForm, internalForm } from "../../validation/internal-form.ts";
import { textBytes } from "./class-fields.ts";
import { validateInlineVolume } from "./inline-volume.validation.ts";

const MAX_METADATA_BYTES = 256 * 1024;
const MAX_MESSAGE_BYTES = 1024;
const MAX_INT32 = 2 ** 31 - 1;
/** The specs of inline volumes are printed with the names of their fields in the API. */
const SPEC: InternalForm = {
  Attacher: "",
  Source: { PersistentVolumeName: null, InlineVolumeSpec: null },
  NodeName: "",
};
const ONE_SOURCE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";

export const volumeAttachment = defineKind<VolumeAttachment>(
  { apiVersion: "storage.k8s.io/v1", kind: "VolumeAttachment" },
  {
    columns: [
      nameColumn,
      { name: "Attacher", type: "string", format: "name", value: ({ spec }) => spec.attacher },
      textColumn("PV", ({ spec }) => spec.source.persistentVolumeName ?? ""),
      textColumn("Node", ({ spec }) => spec.nodeName),
      { name: "Attached", type: "boolean", value: ({ status }) => status?.attached ?? false },
      ageColumn,
    ],
    validate: validateVolumeAttachment,
    validateUpdate,
    validateStatusUpdate: validateUpdate,
    hasGeneration: false,
    allowUnconditionalUpdate: false,
  },
);

function validateVolumeAttachment({ spec, status }: VolumeAttachment): FieldErrors {
  return collectErrors(
    requireText(spec.attacher, "spec.attacher"),
    validateSource(spec.source, "spec.source"),
    checkFormat(spec.nodeName, "spec.nodeName", checkDNS1123Subdomain),
    validateOptional(status, "status", validateStatus),
    // This version has rules that were not in the one before.
    validateCSIDriverName(spec.attacher, "spec.attacher"),
    validateOptional(spec.source.persistentVolumeName, "spec.source.persistentVolumeName", (name, path) =>
      checkFormat(name, path, checkDNS1123Subdomain),
    ),
  );
}

function validateSource(
  { inlineVolumeSpec, persistentVolumeName: name }: VolumeAttachmentSource,
  path: string,
): FieldErrors {
  if (inlineVolumeSpec === undefined && name === undefined) return [required(path, ONE_SOURCE)];
  if (inlineVolumeSpec !== undefined && name !== undefined) return [forbidden(path, ONE_SOURCE)];
  if (name === "") {
    return [required(`${path}.persistentVolumeName`, "must specify non empty persistentVolumeName")];
  }
  return validateOptional(inlineVolumeSpec, `${path}.inlineVolumeSpec`, validateInlineVolume);
}

function validateStatus(status: VolumeAttachmentStatus, path: string): FieldErrors {
  return collectErrors(
    textBytes(status.attachmentMetadata) > MAX_METADATA_BYTES &&
      tooLong(`${path}.attachmentMetadata`, MAX_METADATA_BYTES),
    validateOptional(status.attachError, `${path}.attachError`, validateVolumeError),
    validateOptional(status.detachError, `${path}.detachError`, validateVolumeError),
  );
}

function validateVolumeError({ message = "", errorCode }: VolumeError, path: string): FieldErrors {
  return collectErrors(
    // Upstream names the limit of the metadata here.
    Buffer.byteLength(message) > MAX_MESSAGE_BYTES && tooLong(`${path}.message`, MAX_METADATA_BYTES),
    errorCode !== undefined &&
      errorCode < 0 &&
      invalid(`${path}.errorCode`, errorCode, `must be between 0 and ${String(MAX_INT32)}, inclusive`),
  );
}

function validateUpdate(next: VolumeAttachment, previous: VolumeAttachment): FieldErrors {
  return collectErrors(
    validateVolumeAttachment(next),
    validateImmutable(next.spec, previous.spec, "spec", (spec) => internalForm(spec, SPEC)),
  );
}
