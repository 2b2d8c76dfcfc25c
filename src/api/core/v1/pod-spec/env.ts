import { type FieldError, invalid, required } from "#apimachinery/field-error.ts";
import {
  checkConfigMapKey,
  checkDNS1123Label,
  checkDNS1123Subdomain,
  checkEnvVarName,
} from "#apimachinery/formats.ts";
import type {
  ConfigMapKeySelector,
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  FileKeySelector,
  SecretKeySelector,
} from "../../../generated/core-v1.ts";
import { checkFormat, requireFormat, validateEach, validateOptional } from "../../../validation/checks.ts";
import { checkSubdomainName } from "../../../validation/names.ts";
import { validatePathNoBacksteps } from "../../../validation/paths.ts";
import { ENV_FIELD_PATHS, validateFieldSelector, validateResourceFieldSelector } from "./downward-api.ts";

export function validateEnv(env: readonly EnvVar[] | undefined, path: string): readonly FieldError[] {
  return validateEach(env, path, (variable, variablePath) => [
    ...requireFormat(variable.name, `${variablePath}.name`, checkEnvVarName),
    ...validateOptional(variable.valueFrom, `${variablePath}.valueFrom`, (source, sourcePath) =>
      validateEnvSource(source, variable.value ?? "", sourcePath),
    ),
  ]);
}

export function validateEnvFrom(
  sources: readonly EnvFromSource[] | undefined,
  path: string,
): readonly FieldError[] {
  return validateEach(sources, path, ({ prefix = "", configMapRef, secretRef }, sourcePath) => [
    ...(prefix === "" ? [] : checkFormat(prefix, `${sourcePath}.prefix`, checkEnvVarName)),
    ...validateOptional(configMapRef, `${sourcePath}.configMapRef`, validateSourceName),
    ...validateOptional(secretRef, `${sourcePath}.secretRef`, validateSourceName),
    // Upstream reports the list here, not its element.
    ...validateEnvFromCount([configMapRef, secretRef], path),
  ]);
}

function validateEnvSource(source: EnvVarSource, value: string, path: string): readonly FieldError[] {
  return [
    ...validateOptional(source.fieldRef, `${path}.fieldRef`, (selector, selectorPath) =>
      validateFieldSelector(selector, ENV_FIELD_PATHS, selectorPath),
    ),
    ...validateOptional(source.resourceFieldRef, `${path}.resourceFieldRef`, (selector, selectorPath) =>
      validateResourceFieldSelector(selector, selectorPath, false),
    ),
    ...validateOptional(source.configMapKeyRef, `${path}.configMapKeyRef`, validateKeySelector),
    ...validateOptional(source.secretKeyRef, `${path}.secretKeyRef`, validateKeySelector),
    ...validateOptional(source.fileKeyRef, `${path}.fileKeyRef`, validateFileKeySelector),
    ...validateEnvSourceCount(source, value, path),
  ];
}

function validateEnvSourceCount(source: EnvVarSource, value: string, path: string): readonly FieldError[] {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source;
  const count = countPresent([fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef]);
  if (count === 0) {
    const detail =
      "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
    return [invalid(path, "", detail)];
  }
  if (value !== "") return [invalid(path, "", "may not be specified when `value` is not empty")];
  return count > 1 ? [invalid(path, "", "may not have more than one field specified at a time")] : [];
}

function validateEnvFromCount(sources: readonly unknown[], path: string): readonly FieldError[] {
  const count = countPresent(sources);
  if (count === 0) return [invalid(path, "", "must specify one of: `configMapRef` or `secretRef`")];
  return count > 1 ? [invalid(path, "", "may not have more than one field specified at a time")] : [];
}

function validateSourceName({ name }: { readonly name?: string }, path: string): readonly FieldError[] {
  return requireFormat(name, `${path}.name`, (text) => checkSubdomainName(text, true));
}

function validateKeySelector(
  { name = "", key }: ConfigMapKeySelector | SecretKeySelector,
  path: string,
): readonly FieldError[] {
  return [
    ...checkFormat(name, `${path}.name`, checkDNS1123Subdomain),
    ...requireFormat(key, `${path}.key`, checkConfigMapKey),
  ];
}

function validateFileKeySelector(selector: FileKeySelector, path: string): readonly FieldError[] {
  return [
    ...requireFormat(selector.key, `${path}.key`, checkEnvVarName),
    ...requireFormat(selector.volumeName, `${path}.volumeName`, checkDNS1123Label),
    ...((selector.path ?? "") === ""
      ? [required(`${path}.path`)]
      : validatePathNoBacksteps(selector.path, `${path}.path`)),
  ];
}

function countPresent(values: readonly unknown[]): number {
  return values.filter((value) => value !== undefined && value !== null).length;
}
