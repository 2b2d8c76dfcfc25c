/** What is wrong with one source of a volume, for each kind of source in the order in which Kubernetes looks at them. */

import { type FieldError, forbidden, required } from "#apimachinery/field-error.ts";
import { checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import { isNegativeQuantity, parseQuantity } from "#apimachinery/quantity.ts";
import type {
  ConfigMapVolumeSource,
  CSIVolumeSource,
  DownwardAPIVolumeSource,
  EmptyDirVolumeSource,
  EphemeralVolumeSource,
  GitRepoVolumeSource,
  ImageVolumeSource,
  SecretVolumeSource,
  Volume,
} from "../../../generated/core-v1.ts";
import {
  checkFormat,
  requireSupported,
  requireText,
  type Validator,
  validateEach,
} from "../../../validation/checks.ts";
import { validateLocalDescendingPath } from "../../../validation/paths.ts";
import { validateIscsi } from "../iscsi-source.ts";
import { validateClaimTemplate } from "../persistentvolumeclaim.validation.ts";
import {
  requireFields,
  SHARED_SOURCE_VALIDATORS,
  validateCSIDriverName,
  validateStorageOS,
} from "../storage-sources.ts";
import {
  validateDownwardFile,
  validateFileMode,
  validateKeyToPath,
  validateProjectedVolume,
} from "./projected-volume.ts";
import { PULL_POLICIES } from "./pull-policy.ts";

type Sources = Omit<Volume, "name">;
export type VolumeSourceName = keyof Sources;

/** Validates the source that the entry is for; the path is that of the volume. `isPod` is false for templates. */
type VolumeValidator = (volume: Volume, path: string, isPod: boolean) => readonly FieldError[];
type SourceValidator<T> = (source: T, path: string, isPod: boolean) => readonly FieldError[];

const validateEmptyDir: Validator<EmptyDirVolumeSource> = ({ sizeLimit }, path) =>
  sizeLimit !== undefined && isNegativeQuantity(parseQuantity(sizeLimit))
    ? [forbidden(`${path}.sizeLimit`, "SizeLimit field must be a valid resource quantity")]
    : [];

const validateGitRepo: Validator<GitRepoVolumeSource> = ({ repository, directory = "" }, path) => [
  ...requireText(repository, `${path}.repository`),
  ...validateLocalDescendingPath(directory, `${path}.directory`),
];

const validateSecret: Validator<SecretVolumeSource> = ({ secretName, defaultMode, items }, path) => [
  ...requireText(secretName, `${path}.secretName`),
  ...validateFileMode(defaultMode, `${path}.defaultMode`),
  ...validateEach(items, `${path}.items`, validateKeyToPath),
];

const validateConfigMap: Validator<ConfigMapVolumeSource> = ({ name, defaultMode, items }, path) => [
  ...requireText(name, `${path}.name`),
  ...validateFileMode(defaultMode, `${path}.defaultMode`),
  ...validateEach(items, `${path}.items`, validateKeyToPath),
];

/** Errors of items name the source, not the item, as upstream's do. */
const validateDownwardAPI: Validator<DownwardAPIVolumeSource> = ({ defaultMode, items }, path) => [
  ...validateFileMode(defaultMode, `${path}.defaultMode`),
  ...(items ?? []).flatMap((item) => validateDownwardFile(item, path)),
];

const validateCSI: Validator<CSIVolumeSource> = ({ driver, nodePublishSecretRef }, path) => {
  const secret = nodePublishSecretRef?.name ?? "";
  const hasSecret = nodePublishSecretRef !== undefined;
  return [
    ...validateCSIDriverName(driver, `${path}.driver`),
    ...(hasSecret && secret === "" ? [required(`${path}.nodePublishSecretRef.name`)] : []),
    ...(secret === "" ? [] : checkFormat(secret, `${path}.name`, checkDNS1123Subdomain)),
  ];
};

const validateEphemeral: Validator<EphemeralVolumeSource> = ({ volumeClaimTemplate }, path) =>
  volumeClaimTemplate === undefined
    ? [required(`${path}.volumeClaimTemplate`)]
    : validateClaimTemplate(volumeClaimTemplate, `${path}.volumeClaimTemplate`);

/** A template may leave the image to whoever makes pods of it. */
const validateImage: SourceValidator<ImageVolumeSource> = ({ reference, pullPolicy }, path, isPod) => [
  ...(isPod ? requireText(reference, `${path}.reference`) : []),
  ...requireSupported(pullPolicy, `${path}.pullPolicy`, PULL_POLICIES),
];

const shared = SHARED_SOURCE_VALIDATORS;

export const SOURCE_VALIDATORS: readonly (readonly [VolumeSourceName, VolumeValidator])[] = [
  source("emptyDir", validateEmptyDir),
  source("hostPath", shared.hostPath),
  source("gitRepo", validateGitRepo),
  source("gcePersistentDisk", shared.gcePersistentDisk, "persistentDisk"),
  source("awsElasticBlockStore", shared.awsElasticBlockStore),
  source("secret", validateSecret),
  source("nfs", shared.nfs),
  source("iscsi", validateIscsi),
  source("glusterfs", requireFields("endpoints", "path")),
  source("flocker", shared.flocker),
  source("persistentVolumeClaim", requireFields("claimName")),
  source("rbd", shared.rbd),
  source("cinder", shared.cinder),
  source("cephfs", shared.cephfs),
  source("quobyte", shared.quobyte),
  source("downwardAPI", validateDownwardAPI),
  source("fc", shared.fc),
  source("flexVolume", shared.flexVolume),
  source("configMap", validateConfigMap),
  source("azureFile", requireFields("secretName", "shareName")),
  source("vsphereVolume", requireFields("volumePath")),
  source("photonPersistentDisk", requireFields("pdID")),
  source("portworxVolume", requireFields("volumeID")),
  source("azureDisk", shared.azureDisk),
  source("storageos", validateStorageOS),
  source("projected", validateProjectedVolume),
  source("scaleIO", requireFields("gateway", "system", "volumeName")),
  source("csi", validateCSI),
  source("ephemeral", validateEphemeral),
  source("image", validateImage),
];

/** `pathName` is what errors call the source where upstream does not use the field's name. */
function source<K extends VolumeSourceName>(
  name: K,
  validate: SourceValidator<NonNullable<Sources[K]>>,
  pathName: string = name,
): readonly [VolumeSourceName, VolumeValidator] {
  return [
    name,
    (volume, path, isPod) => {
      const value = volume[name];
      return value === undefined || value === null ? [] : validate(value, `${path}.${pathName}`, isPod);
    },
  ];
}
