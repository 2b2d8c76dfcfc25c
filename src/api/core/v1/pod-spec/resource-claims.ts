import { duplicate, type FieldError, forbidden, invalid, required } from "#apimachinery/field-error.ts";
import { checkDNS1123Label, checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import type { PodResourceClaim } from "../../../generated/core-v1.ts";
import { checkFormat, validateEach, validateOptional, WHOLE_OBJECT } from "../../../validation/checks.ts";
import { type InternalForm, internalForm } from "../../../validation/internal-form.ts";
import { MIRROR_ANNOTATION } from "./annotations.ts";
import type { OwningPod } from "./context.ts";

const CLAIM: InternalForm = { Name: "", ResourceClaimName: null, ResourceClaimTemplateName: null };

export function validateResourceClaims(
  claims: readonly PodResourceClaim[] | undefined,
  pod: OwningPod | undefined,
  path: string,
): readonly FieldError[] {
  const names = new Set<string>();
  const isStatic = pod?.annotations?.[MIRROR_ANNOTATION] !== undefined;
  return validateEach(claims, path, (claim, claimPath) =>
    isStatic
      ? [forbidden(WHOLE_OBJECT, "static pods do not support resource claims")]
      : [
          ...validateClaimName(claim.name, names, `${claimPath}.name`),
          ...validateClaimSource(claim, claimPath),
        ],
  );
}

function validateClaimName(name: string, names: Set<string>, path: string): readonly FieldError[] {
  if (name === "") return [required(path)];
  if (names.has(name)) return [duplicate(path, name)];
  names.add(name);
  return checkFormat(name, path, checkDNS1123Label);
}

function validateClaimSource(claim: PodResourceClaim, path: string): readonly FieldError[] {
  const { resourceClaimName, resourceClaimTemplateName } = claim;
  const both = "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified";
  const none = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`";
  const isBoth = resourceClaimName !== undefined && resourceClaimTemplateName !== undefined;
  const isNone = resourceClaimName === undefined && resourceClaimTemplateName === undefined;
  return [
    ...(isBoth ? [invalid(path, internalForm(claim, CLAIM), both)] : []),
    ...(isNone ? [invalid(path, internalForm(claim, CLAIM), none)] : []),
    ...validateOptional(resourceClaimName, `${path}.resourceClaimName`, (name, namePath) =>
      checkFormat(name, namePath, checkDNS1123Subdomain),
    ),
    ...validateOptional(resourceClaimTemplateName, `${path}.resourceClaimTemplateName`, (name, namePath) =>
      checkFormat(name, namePath, checkDNS1123Subdomain),
    ),
  ];
}
