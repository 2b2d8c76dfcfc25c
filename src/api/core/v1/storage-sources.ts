/** Volume sources that pods and PersistentVolumes share, in whole or in their rules. */

import {
  type FieldError,
  invalid,
  keyPath,
  notSupported,
  required,
  tooLong,
} from "#apimachinery/field-error.ts";
import { checkDNS1123Label, checkDNS1123Subdomain, checkRange } from "#apimachinery/formats.ts";
import type {
  AWSElasticBlockStoreVolumeSource,
  AzureDiskVolumeSource,
  CinderPersistentVolumeSource,
  CinderVolumeSource,
  FCVolumeSource,
  FlexPersistentVolumeSource,
  FlexVolumeSource,
  FlockerVolumeSource,
  GCEPersistentDiskVolumeSource,
  HostPathVolumeSource,
  NFSVolumeSource,
  QuobyteVolumeSource,
  StorageOSPersistentVolumeSource,
  StorageOSVolumeSource,
} from "../../generated/core-v1.ts";
import {
  checkFormat,
  checkNumber,
  checkSupported,
  optionalFormat,
  requireFormat,
  requireText,
  type Validator,
} from "../../validation/checks.ts";
import { validatePathNoBacksteps } from "../../validation/paths.ts";

const MAX_CSI_DRIVER_NAME = 63;

/** In the order in which messages list them. */
const HOST_PATH_TYPES: readonly string[] = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];

const MANAGED_DISK_URI =
  "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}";
const BLOB_DISK_URI = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";

const REGISTRY_MESSAGE = "must be a host:port pair or multiple pairs separated by commas";

/** Texts or lists that a source must have, in order. */
export function requireFields<K extends string>(
  ...fields: readonly K[]
): Validator<Readonly<Partial<Record<K, string | readonly string[]>>>> {
  return (source, path) =>
    fields.flatMap((field) => ((source[field]?.length ?? 0) === 0 ? [required(`${path}.${field}`)] : []));
}

export function validateCSIDriverName(name: string, path: string): readonly FieldError[] {
  if (name === "") return [required(path)];
  return [
    ...(name.length > MAX_CSI_DRIVER_NAME ? [tooLong(path, MAX_CSI_DRIVER_NAME)] : []),
    ...checkFormat(name, path, (text) => checkDNS1123Subdomain(text.toLowerCase())),
  ];
}

const validateHostPath: Validator<HostPathVolumeSource> = ({ path: directory, type }, path) =>
  directory === ""
    ? [required(`${path}.path`)]
    : [
        ...validatePathNoBacksteps(directory, `${path}.path`),
        ...checkSupported(type, `${path}.type`, HOST_PATH_TYPES),
      ];

const validateNfs: Validator<NFSVolumeSource> = ({ server, path: directory }, path) => [
  ...requireText(server, `${path}.server`),
  ...requireText(directory, `${path}.path`),
  ...(directory.startsWith("/") ? [] : [invalid(`${path}.path`, directory, "must be an absolute path")]),
];

const validateGcePersistentDisk: Validator<GCEPersistentDiskVolumeSource> = (
  { pdName, partition = 0 },
  path,
) => [...requireText(pdName, `${path}.pdName`), ...validatePartition(partition, `${path}.partition`)];

const validateAwsElasticBlockStore: Validator<AWSElasticBlockStoreVolumeSource> = (
  { volumeID, partition = 0 },
  path,
) => [...requireText(volumeID, `${path}.volumeID`), ...validatePartition(partition, `${path}.partition`)];

/** The bounds in the message are not those that are checked, as upstream. */
function validatePartition(partition: number, path: string): readonly FieldError[] {
  return partition < 0 || partition > 255
    ? [invalid(path, partition, "must be between 1 and 255, inclusive")]
    : [];
}

const validateFlocker: Validator<FlockerVolumeSource> = ({ datasetName = "", datasetUUID = "" }, path) => [
  ...(datasetName === "" && datasetUUID === ""
    ? [required(path, "one of datasetName and datasetUUID is required")]
    : []),
  ...(datasetName !== "" && datasetUUID !== ""
    ? [invalid(path, "resource", "datasetName and datasetUUID can not be specified simultaneously")]
    : []),
  ...(datasetName.includes("/") ? [invalid(`${path}.datasetName`, datasetName, "must not contain '/'")] : []),
];

const validateQuobyte: Validator<QuobyteVolumeSource> = ({ registry, tenant = "", volume }, path) => [
  ...validateQuobyteRegistry(registry, tenant, path),
  ...requireText(volume, `${path}.volume`),
];

function validateQuobyteRegistry(registry: string, tenant: string, path: string): readonly FieldError[] {
  if (registry === "") return [required(`${path}.registry`, REGISTRY_MESSAGE)];
  if (tenant.length >= 65) {
    return [required(`${path}.tenant`, "must be a UUID and may not exceed a length of 64 characters")];
  }
  return registry
    .split(",")
    .filter((pair) => !/^([^:[\]]*|\[[^[\]]*\]):[^:[\]]*$/.test(pair))
    .map(() => invalid(`${path}.registry`, registry, REGISTRY_MESSAGE));
}

const validateFC: Validator<FCVolumeSource> = ({ targetWWNs = [], wwids = [], lun }, path) => {
  const needsLun = targetWWNs.length > 0;
  return [
    ...(targetWWNs.length === 0 && wwids.length === 0
      ? [required(`${path}.targetWWNs`, "must specify either targetWWNs or wwids, but not both")]
      : []),
    ...(targetWWNs.length > 0 && wwids.length > 0
      ? [
          invalid(
            `${path}.targetWWNs`,
            targetWWNs,
            "targetWWNs and wwids can not be specified simultaneously",
          ),
        ]
      : []),
    ...(needsLun && lun === undefined
      ? [required(`${path}.lun`, "lun is required if targetWWNs is specified")]
      : []),
    ...(needsLun && lun !== undefined ? validateLun(lun, `${path}.lun`) : []),
  ];
};

const validateCinder: Validator<CinderVolumeSource> = ({ volumeID, secretRef }, path) => [
  ...requireText(volumeID, `${path}.volumeID`),
  ...(secretRef === undefined ? [] : requireText(secretRef.name, `${path}.secretRef.name`)),
];

export const validateCinderPersistent: Validator<CinderPersistentVolumeSource> = (source, path) => [
  ...validateCinder(source, path),
  ...(source.secretRef === undefined
    ? []
    : requireText(source.secretRef.namespace, `${path}.secretRef.namespace`)),
];

/** Options may not use the namespaces of Kubernetes. */
export const validateFlexVolume: Validator<FlexVolumeSource | FlexPersistentVolumeSource> = (
  { driver, options = {} },
  path,
) => [
  ...requireText(driver, `${path}.driver`),
  ...Object.keys(options)
    .filter((key) => /(^|\.)(kubernetes|k8s)\.io$/i.test(key.split("/")[0] ?? ""))
    .map((key) =>
      invalid(keyPath(`${path}.options`, key), key, "kubernetes.io and k8s.io namespaces are reserved"),
    ),
];

const validateAzureDisk: Validator<AzureDiskVolumeSource> = (source, path) => {
  const { diskName, diskURI, cachingMode, kind } = source;
  const expected = kind === "Managed" ? MANAGED_DISK_URI : BLOB_DISK_URI;
  const prefix = kind === "Managed" ? "/subscriptions/" : "https://";
  return [
    ...requireText(diskName, `${path}.diskName`),
    ...requireText(diskURI, `${path}.diskURI`),
    ...checkSupported(cachingMode, `${path}.cachingMode`, ["None", "ReadOnly", "ReadWrite"]),
    ...checkSupported(kind, `${path}.kind`, ["Dedicated", "Managed", "Shared"]),
    ...(kind === undefined || diskURI.startsWith(prefix)
      ? []
      : [notSupported(`${path}.diskURI`, diskURI, [expected])]),
  ];
};

export const validateStorageOS: Validator<StorageOSVolumeSource | StorageOSPersistentVolumeSource> = (
  { volumeName, volumeNamespace, secretRef },
  path,
) => [
  ...requireFormat(volumeName, `${path}.volumeName`, checkDNS1123Label),
  ...optionalFormat(volumeNamespace, `${path}.volumeNamespace`, checkDNS1123Label),
  ...(secretRef === undefined ? [] : requireText(secretRef.name, `${path}.secretRef.name`)),
];

/** The rules that hold for a source wherever it stands. */
export const SHARED_SOURCE_VALIDATORS = {
  awsElasticBlockStore: validateAwsElasticBlockStore,
  azureDisk: validateAzureDisk,
  cephfs: requireFields("monitors"),
  cinder: validateCinder,
  fc: validateFC,
  flexVolume: validateFlexVolume,
  flocker: validateFlocker,
  gcePersistentDisk: validateGcePersistentDisk,
  hostPath: validateHostPath,
  nfs: validateNfs,
  quobyte: validateQuobyte,
  rbd: requireFields("monitors", "image"),
};

export function validateLun(lun: number, path: string): readonly FieldError[] {
  return checkNumber(lun, path, (value) => checkRange(value, 0, 255));
}
