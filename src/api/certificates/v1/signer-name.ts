import { type FieldError, invalid, required, tooLong } from "#apimachinery/field-error.ts";
import {
  checkDNS1123Label,
  checkDNS1123Subdomain,
  type FormatCheck,
  MAX_LABEL_LENGTH,
  MAX_SUBDOMAIN_LENGTH,
} from "#apimachinery/formats.ts";
import { quote } from "#apimachinery/go-text.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";

/** A domain, a slash, and a path that has room for a namespace, a dot and a name. */
const MAX_LENGTH = MAX_SUBDOMAIN_LENGTH + 1 + MAX_LABEL_LENGTH + 1 + MAX_SUBDOMAIN_LENGTH;

/** A name such as `example.com/my-signer` (upstream pkg/apis/core/validation/names.go, `ValidateSignerName`). */
export function validateSignerName(name: string, path: string): FieldErrors {
  if (name === "") return [required(path)];
  const [domain = "", signer, ...rest] = name.split("/");
  if (signer === undefined || rest.length > 0) {
    const detail = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    return [invalid(path, name, detail)];
  }
  return collectErrors(
    domain.length > MAX_SUBDOMAIN_LENGTH && tooLong(path, MAX_SUBDOMAIN_LENGTH),
    validateLabels(domain, path, checkDNS1123Label),
    !domain.includes(".") &&
      invalid(path, domain, "should be a domain with at least two segments separated by dots"),
    validateLabels(signer, path, checkDNS1123Subdomain),
    name.length > MAX_LENGTH && tooLong(path, MAX_LENGTH),
  );
}

/** Only the first bad label is reported. */
function validateLabels(text: string, path: string, check: FormatCheck): readonly FieldError[] {
  const bad = text.split(".").find((label) => check(label).length > 0);
  if (bad === undefined) return [];
  return check(bad).map((message) => invalid(path, text, `validating label ${quote(bad)}: ${message}`));
}
