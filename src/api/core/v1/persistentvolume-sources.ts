/** What is wrong with the source of a PersistentVolume, for each kind of source in the order in which Kubernetes looks. */
import { forbidden, invalid, required } from "#apimachinery/field-error.ts";
import { checkDNS1123Label, checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import type {
  AzureFilePersistentVolumeSource,
  CSIPersistentVolumeSource,
  GlusterfsPersistentVolumeSource,
  LocalVolumeSource,
  PersistentVolumeSpec,
  SecretReference,
  StorageOSPersistentVolumeSource,
} from "../../generated/core-v1.ts";
import {
  checkFormat,
  requireFormat,
  requireText,
  type Validator,
  validateOptional,
} from "../../validation/checks.ts";
import { collectEach, collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { validatePathNoBacksteps } from "../../validation/paths.ts";
import { validateIscsiPersistent } from "./iscsi-source.ts";
import {
  requireFields,
  SHARED_SOURCE_VALIDATORS,
  validateCinderPersistent,
  validateCSIDriverName,
  validateStorageOS,
} from "./storage-sources.ts";

const CSI_SECRETS = [
  "controllerPublishSecretRef",
  "controllerExpandSecretRef",
  "nodePublishSecretRef",
  "nodeExpandSecretRef",
] as const;

const validateCsi: Validator<CSIPersistentVolumeSource> = (source, path) => [
  ...validateCSIDriverName(source.driver, `${path}.driver`),
  ...requireText(source.volumeHandle, `${path}.volumeHandle`),
  ...CSI_SECRETS.flatMap((field) =>
    validateOptional(source[field], `${path}.${field}`, validateSecretReference),
  ),
];

const validateLocal: Validator<LocalVolumeSource> = ({ path: directory }, path) =>
  directory === "" ? [required(`${path}.path`)] : validatePathNoBacksteps(directory, `${path}.path`);

const validateAzureFile: Validator<AzureFilePersistentVolumeSource> = (
  { secretName, shareName, secretNamespace },
  path,
) =>
  collectErrors(
    requireText(secretName, `${path}.secretName`),
    requireText(shareName, `${path}.shareName`),
    secretNamespace === "" && required(`${path}.secretNamespace`),
  );

const validateGlusterfs: Validator<GlusterfsPersistentVolumeSource> = (
  { endpoints, path: directory, endpointsNamespace },
  path,
) => {
  const empty = "if the endpointnamespace is set, it must be a valid namespace name";
  return collectErrors(
    requireText(endpoints, `${path}.endpoints`),
    requireText(directory, `${path}.path`),
    validateOptional(endpointsNamespace, `${path}.endpointsNamespace`, (name, namePath) =>
      name === "" ? [invalid(namePath, name, empty)] : checkFormat(name, namePath, checkDNS1123Label),
    ),
  );
};

const validateStorageOSPersistent: Validator<StorageOSPersistentVolumeSource> = (source, path) =>
  collectErrors(
    validateStorageOS(source, path),
    source.secretRef !== undefined && requireText(source.secretRef.namespace, `${path}.secretRef.namespace`),
  );

const { hostPath, gcePersistentDisk, awsElasticBlockStore, flocker, nfs, rbd, quobyte } =
  SHARED_SOURCE_VALIDATORS;
const { cephfs, fc, flexVolume, azureDisk } = SHARED_SOURCE_VALIDATORS;

type Source = keyof PersistentVolumeSpec;

interface SourceRule {
  readonly source: Source;
  /** Problems of the source, if the volume has it; `name` is that of the volume. */
  readonly validate: (spec: PersistentVolumeSpec, name: string) => FieldErrors;
}

const SOURCES: readonly SourceRule[] = [
  rule("hostPath", hostPath),
  rule("gcePersistentDisk", gcePersistentDisk, "persistentDisk"),
  rule("awsElasticBlockStore", awsElasticBlockStore),
  rule("glusterfs", validateGlusterfs),
  rule("flocker", flocker),
  rule("nfs", nfs),
  rule("rbd", rbd),
  rule("quobyte", quobyte),
  rule("cephfs", cephfs),
  {
    source: "iscsi",
    validate: ({ iscsi }, name) =>
      validateOptional(iscsi, "spec.iscsi", (source, path) => validateIscsiPersistent(source, name, path)),
  },
  rule("cinder", validateCinderPersistent),
  rule("fc", fc),
  rule("flexVolume", flexVolume),
  rule("azureFile", validateAzureFile),
  rule("vsphereVolume", requireFields("volumePath")),
  rule("photonPersistentDisk", requireFields("pdID")),
  rule("portworxVolume", requireFields("volumeID")),
  rule("azureDisk", azureDisk),
  rule("scaleIO", requireFields("gateway", "system", "volumeName")),
  rule("local", validateLocal),
  rule("storageos", validateStorageOSPersistent),
  rule("csi", validateCsi),
];

/** The fields of the spec that say where the storage is. */
export const VOLUME_SOURCES: readonly Source[] = SOURCES.map(({ source }) => source);

/**
 * A volume has one source; only that which comes first is looked into, but for a flexVolume, which nothing forbids
 * beside others. `name` is that of the volume.
 */
export function validateVolumeSource(spec: PersistentVolumeSpec, name: string): FieldErrors {
  const [first, ...others] = SOURCES.filter(({ source }) => spec[source] !== undefined);
  if (first === undefined) return [required("spec", "must specify a volume type")];
  const needsNode = first.source === "local" && spec.nodeAffinity === undefined;
  return collectErrors(
    first.validate(spec, name),
    needsNode && required("spec.nodeAffinity", "Local volume requires node affinity"),
    collectEach(others, ({ source, validate }) =>
      source === "flexVolume"
        ? validate(spec, name)
        : forbidden(
            `spec.${source === "cephfs" ? "cephFS" : source}`,
            "may not specify more than 1 volume type",
          ),
    ),
  );
}

function rule<K extends Source>(
  source: K,
  validate: Validator<NonNullable<PersistentVolumeSpec[K]>>,
  field: string = source,
): SourceRule {
  return {
    source,
    validate: (spec) => {
      const value: PersistentVolumeSpec[K] = spec[source];
      return value === undefined || value === null ? [] : validate(value, `spec.${field}`);
    },
  };
}

function validateSecretReference({ name, namespace }: SecretReference, path: string): FieldErrors {
  return [
    ...requireFormat(name, `${path}.name`, checkDNS1123Subdomain),
    ...requireFormat(namespace, `${path}.namespace`, checkDNS1123Label),
  ];
}
