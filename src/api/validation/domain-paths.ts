import { type FieldError, invalid, required } from "#apimachinery/field-error.ts";
import { checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import { checkFormat } from "./checks.ts";

const HTTP_PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const HTTP_PATH_REGEX = new RegExp(`^${HTTP_PATH}$`);

/** A name such as `acme.io/foo`: a subdomain and a path (apimachinery `validation.IsDomainPrefixedPath`). */
export function validateDomainPrefixedPath(text: string, path: string): readonly FieldError[] {
  if (text === "") return [required(path)];
  const slash = text.indexOf("/");
  if (slash <= 0 || slash === text.length - 1) {
    return [invalid(path, text, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  }
  const suffix = text.slice(slash + 1);
  return [
    ...checkFormat(text.slice(0, slash), path, checkDNS1123Subdomain),
    ...checkFormat(suffix, path, (value) =>
      HTTP_PATH_REGEX.test(value) ? [] : [`Invalid path (regex used for validation is '${HTTP_PATH}')`],
    ),
  ];
}
