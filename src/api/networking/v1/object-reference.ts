import { checkDNS1123Subdomain, checkPathSegmentName } from "#apimachinery/formats.ts";
import { checkFormat, requireFormat, validateOptional } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";

interface TypedReference {
  readonly apiGroup?: string;
  readonly kind: string;
  readonly name: string;
}

/** An object of any kind, in any group. */
export function validateTypedReference({ apiGroup, kind, name }: TypedReference, path: string): FieldErrors {
  return collectErrors(
    validateOptional(apiGroup, `${path}.apiGroup`, (group, groupPath) =>
      checkFormat(group, groupPath, checkDNS1123Subdomain),
    ),
    requireFormat(kind, `${path}.kind`, checkPathSegmentName),
    requireFormat(name, `${path}.name`, checkPathSegmentName),
  );
}
