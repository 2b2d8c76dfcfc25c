/** Validation of CustomResourceDefinitions (apiextensions-apiserver pkg/apis/apiextensions/validation). */
import { type FieldError, indexPath, invalid, required } from "#apimachinery/field-error.ts";
import { checkDNS1035Label, checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
} from "../../generated/apiextensions-v1.ts";
import { requireSupported, validateEach, validateImmutable } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { repetitions } from "../../validation/lists.ts";
import { validateApiApproval } from "./api-approval.ts";
import { caBundleProblem, validateConversion } from "./conversion.validation.ts";
import { isEstablished, statusOf } from "./definition-status.ts";
import { requireNames, validateNames } from "./names.validation.ts";
import {
  validateConvertedArePruned,
  validateDefaultsArePruned,
  validatePreserveUnknownFields,
} from "./preserve-unknown-fields.validation.ts";
import { validateSelectableFields } from "./selectable-fields.validation.ts";
import { commonField, isCommon, ownField, type Placed, type VersionField } from "./version-fields.ts";
import { validateColumn, validateSubresources, validateValidation } from "./version-fields.validation.ts";

const SCOPES = ["Cluster", "Namespaced"];
const MAX_WARNING_BYTES = 256;
const NOT_PRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

export function validateDefinition(definition: CustomResourceDefinition): FieldErrors {
  const { metadata, spec } = definition;
  return collectErrors(
    metadata.name !== `${spec.names.plural}.${spec.group}` &&
      invalid("metadata.name", metadata.name, 'must be spec.names.plural+"."+spec.group'),
    validateSpec(definition, undefined),
    validateStatus(definition),
    validateApiApproval(definition),
    validatePreserveUnknownFields(spec),
  );
}

export function validateDefinitionUpdate(
  next: CustomResourceDefinition,
  previous: CustomResourceDefinition,
): FieldErrors {
  const [spec, before] = [next.spec, previous.spec];
  return collectErrors(
    validateSpec(next, previous),
    isEstablished(previous) &&
      collectErrors(
        validateImmutable(spec.scope, before.scope, "spec.scope"),
        validateImmutable(spec.names.kind, before.names.kind, "spec.names.kind"),
      ),
    validateImmutable(spec.group, before.group, "spec.group"),
    validateImmutable(spec.names.plural, before.names.plural, "spec.names.plural"),
    validateStatus(next),
    validateApiApproval(next, previous),
    before.preserveUnknownFields !== true && validatePreserveUnknownFields(spec),
  );
}

export function validateDefinitionStatusUpdate(definition: CustomResourceDefinition): FieldErrors {
  return validateNames(statusOf(definition).acceptedNames, "status.acceptedNames");
}

function validateStatus(definition: CustomResourceDefinition): FieldErrors {
  return collectErrors(
    validateDefinitionStatusUpdate(definition),
    validateStoredVersions(definition, "status.storedVersions"),
  );
}

function validateStoredVersions(definition: CustomResourceDefinition, path: string): FieldErrors {
  const { spec } = definition;
  const stored = statusOf(definition).storedVersions;
  if (stored.length === 0) return [invalid(path, stored, "must have at least one stored version")];
  const names = new Set(spec.versions.map(({ name }) => name));
  return collectErrors(
    spec.versions
      .filter((version) => version.storage && !stored.includes(version.name))
      .map(({ name }) => invalid(path, stored, `must have the storage version ${name}`)),
    validateEach(stored, path, (name, itemPath) => (names.has(name) ? [] : [lostVersion(name, itemPath)])),
  );
}

function lostVersion(name: string, path: string): FieldError {
  return invalid(
    path,
    name,
    `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
  );
}

function validateSpec(
  { spec }: CustomResourceDefinition,
  previous: CustomResourceDefinition | undefined,
): FieldErrors {
  const { names, conversion } = spec;
  return collectErrors(
    validateGroup(spec.group, "spec.group"),
    requireSupported(spec.scope, "spec.scope", SCOPES),
    validateEach(spec.versions, "spec.versions", ({ schema }, path) =>
      schema?.openAPIV3Schema === undefined ? [required(`${path}.schema.openAPIV3Schema`)] : [],
    ),
    spec.versions.flatMap((_, index) => validateVersion(spec, index, previous?.spec)),
    validateDefaultsArePruned(spec),
    validateVersions(spec.versions),
    requireNames(names, "spec.names"),
    validateNames(names, "spec.names"),
    validateFields(spec, previous?.spec, (field) => commonField(spec, field, "spec")),
    validateConvertedArePruned(spec),
    conversion !== undefined &&
      validateConversion(conversion, "spec.conversion", mayHaveInvalidCaBundle(previous)),
  );
}

function validateGroup(group: string, path: string): FieldErrors {
  if (group === "") return [required(path)];
  const messages = checkDNS1123Subdomain(group);
  if (messages.length > 0) return [invalid(path, group, messages.join(","))];
  return group.includes(".") ? [] : [invalid(path, group, "should be a domain with at least one dot")];
}

/** Nobody uses the bundle before the resource is served, and a bad one that is there already does no more harm. */
function mayHaveInvalidCaBundle(previous: CustomResourceDefinition | undefined): boolean {
  if (previous === undefined || !isEstablished(previous)) return true;
  const { caBundle = "" } = previous.spec.conversion?.webhook?.clientConfig ?? {};
  return caBundleProblem(caBundle) !== undefined;
}

function validateVersions(versions: readonly CustomResourceDefinitionVersion[]): FieldErrors {
  const [first] = versions;
  const hasRepeated = versions.map(({ name }) => name).some(repetitions());
  return collectErrors(
    hasRepeated && invalid("spec.versions", versions, "must contain unique version names"),
    versions.filter(({ storage }) => storage).length !== 1 &&
      invalid("spec.versions", versions, "must have exactly one version marked as storage version"),
    // Upstream's internal type repeats the name of the first version.
    first !== undefined && first.name !== "" && validateVersionName(first.name, "spec.version"),
  );
}

function validateVersionName(name: string, path: string): FieldErrors {
  const messages = checkDNS1035Label(name);
  return messages.length === 0 ? [] : [invalid(path, name, messages.join(","))];
}

function validateVersion(
  spec: CustomResourceDefinitionSpec,
  index: number,
  previous: CustomResourceDefinitionSpec | undefined,
): FieldErrors {
  const path = indexPath("spec.versions", index);
  const version = spec.versions[index];
  if (version === undefined) return [];
  return collectErrors(
    validateVersionName(version.name, `${path}.name`),
    deprecationProblems(version).map((problem) =>
      invalid(`${path}.deprecationWarning`, version.deprecationWarning, problem),
    ),
    validateFields(spec, previous, (field) => ownField(spec, field, { path: "spec", index })),
  );
}

function deprecationProblems({ deprecated, deprecationWarning: text }: CustomResourceDefinitionVersion) {
  if (text === undefined) return [];
  if (deprecated !== true) return ["can only be set for deprecated versions"];
  const position = text.search(NOT_PRINTABLE);
  const index = Buffer.byteLength(text.slice(0, Math.max(position, 0)));
  const printable = "must only contain printable UTF-8 characters; non-printable character found at index";
  return [
    ...(Buffer.byteLength(text) > MAX_WARNING_BYTES ? ["must be <= 256 characters long"] : []),
    ...(text === "" ? ["must not be an empty string"] : []),
    ...(position < 0 ? [] : [`${printable} ${String(index)}`]),
  ];
}

/** Fields of one version, or those that all versions have in common. */
function validateFields(
  spec: CustomResourceDefinitionSpec,
  previous: CustomResourceDefinitionSpec | undefined,
  placed: <F extends VersionField>(field: F) => readonly Placed<F>[],
): FieldErrors {
  return collectErrors(
    placed("schema").flatMap(({ value, path, versions }) =>
      validateValidation(value, path, hasStatus(spec, versions)),
    ),
    placed("subresources").flatMap(({ value, path }) => validateSubresources(value, path)),
    placed("additionalPrinterColumns").flatMap(({ value, path }) =>
      validateEach(value, path, validateColumn),
    ),
    placed("selectableFields").flatMap((field) => validateSelectableFields(field, spec, previous)),
  );
}

/** A schema that all versions share must do for those that have a status too. */
function hasStatus(
  spec: CustomResourceDefinitionSpec,
  versions: readonly CustomResourceDefinitionVersion[],
): boolean {
  const concerned = isCommon(spec, "subresources") ? spec.versions : versions;
  return concerned.some(({ subresources }) => subresources?.status !== undefined);
}
