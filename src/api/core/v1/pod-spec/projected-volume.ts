/** Volumes whose files come from API objects. */

import { type FieldError, forbidden, invalid, required } from "#apimachinery/field-error.ts";
import type {
  DownwardAPIVolumeFile,
  KeyToPath,
  ProjectedVolumeSource,
  ServiceAccountTokenProjection,
  VolumeProjection,
} from "../../../generated/core-v1.ts";
import { requireText, type Validator, validateEach, validateOptional } from "../../../validation/checks.ts";
import { validateLocalNonReservedPath } from "../../../validation/paths.ts";
import { VOLUME_FIELD_PATHS, validateFieldSelector, validateResourceFieldSelector } from "./downward-api.ts";
import { validateBundle } from "./projected-bundle.ts";

const FILE_MODE_MESSAGE = "must be a number between 0 and 0777 (octal), both inclusive";
const DUPLICATE_PATHS = "conflicting duplicate paths";
const MIN_TOKEN_SECONDS = 10 * 60;
const MAX_TOKEN_SECONDS = 2 ** 32;

export function validateFileMode(mode: number | undefined, path: string): readonly FieldError[] {
  return mode !== undefined && (mode > 0o777 || mode < 0) ? [invalid(path, mode, FILE_MODE_MESSAGE)] : [];
}

export const validateKeyToPath: Validator<KeyToPath> = ({ key, path: file, mode }, path) => [
  ...requireText(key, `${path}.key`),
  ...requireText(file, `${path}.path`),
  ...validateLocalNonReservedPath(file, `${path}.path`),
  ...validateFileMode(mode, `${path}.mode`),
];

export const validateDownwardFile: Validator<DownwardAPIVolumeFile> = (file, path) => [
  ...requireText(file.path, `${path}.path`),
  ...validateLocalNonReservedPath(file.path, `${path}.path`),
  ...validateDownwardSource(file, path),
  ...validateFileMode(file.mode, `${path}.mode`),
];

export const validateProjectedVolume: Validator<ProjectedVolumeSource> = ({ defaultMode, sources }, path) => {
  const taken = new Set<string>();
  return [
    ...validateFileMode(defaultMode, `${path}.defaultMode`),
    ...validateEach(sources, `${path}.sources`, (source, sourcePath) =>
      validateProjection(source, taken, path, sourcePath),
    ),
  ];
};

/** Errors of file names name the volume, those of everything else the source. */
function validateProjection(
  projection: VolumeProjection,
  taken: Set<string>,
  volumePath: string,
  path: string,
): readonly FieldError[] {
  const { secret, configMap, downwardAPI, serviceAccountToken, clusterTrustBundle } = projection;
  const count = Object.values(projection).filter((source) => (source ?? null) !== null).length;
  const claim = (file: string, shown: string) => claimPath(file, shown, taken, volumePath);
  const validateItems: Validator<{ readonly name?: string; readonly items?: readonly KeyToPath[] }> = (
    { name = "", items },
    sourcePath,
  ) => [
    ...requireText(name, `${sourcePath}.name`),
    ...validateEach(items, `${sourcePath}.items`, (item, itemPath) => [
      ...validateKeyToPath(item, itemPath),
      ...claim(item.path, name),
    ]),
  ];
  return [
    ...validateOptional(secret, `${path}.secret`, validateItems),
    ...validateOptional(configMap, `${path}.configMap`, validateItems),
    ...validateOptional(downwardAPI, `${path}.downwardAPI`, ({ items }, sourcePath) =>
      (items ?? []).flatMap((item) => [
        ...validateDownwardFile(item, sourcePath),
        ...claim(item.path, item.path),
      ]),
    ),
    ...validateOptional(serviceAccountToken, `${path}.serviceAccountToken`, (token, tokenPath) =>
      validateToken(token, volumePath, tokenPath),
    ),
    // Upstream names the field otherwise.
    ...validateOptional(clusterTrustBundle, `${path}.clusterTrustBundlePEM`, (bundle, bundlePath) => [
      ...validateBundle(bundle, bundlePath),
      ...claim(bundle.path, bundle.path),
    ]),
    ...(count > 1 ? [forbidden(path, "may not specify more than 1 volume type per source")] : []),
  ];
}

function validateToken(
  { expirationSeconds = 0, path: file }: ServiceAccountTokenProjection,
  volumePath: string,
  path: string,
): readonly FieldError[] {
  const field = `${path}.expirationSeconds`;
  return [
    ...(expirationSeconds < MIN_TOKEN_SECONDS
      ? [invalid(field, expirationSeconds, "may not specify a duration less than 10 minutes")]
      : []),
    ...(expirationSeconds > MAX_TOKEN_SECONDS
      ? [invalid(field, expirationSeconds, "may not specify a duration larger than 2^32 seconds")]
      : []),
    ...requireText(file, `${volumePath}.path`),
    ...validateLocalNonReservedPath(file, `${volumePath}.path`),
  ];
}

function claimPath(file: string, shown: string, taken: Set<string>, path: string): readonly FieldError[] {
  if (file === "") return [];
  if (taken.has(file)) return [invalid(path, shown, DUPLICATE_PATHS)];
  taken.add(file);
  return [];
}

function validateDownwardSource(
  { fieldRef, resourceFieldRef }: DownwardAPIVolumeFile,
  path: string,
): readonly FieldError[] {
  if (fieldRef !== undefined) {
    const both = "fieldRef and resourceFieldRef can not be specified simultaneously";
    return [
      ...validateFieldSelector(fieldRef, VOLUME_FIELD_PATHS, `${path}.fieldRef`),
      ...(resourceFieldRef === undefined ? [] : [invalid(path, "resource", both)]),
    ];
  }
  return resourceFieldRef === undefined
    ? [required(path, "one of fieldRef and resourceFieldRef is required")]
    : validateResourceFieldSelector(resourceFieldRef, `${path}.resourceFieldRef`, true);
}
