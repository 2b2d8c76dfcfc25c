/** Names and identifiers of devices (upstream pkg/apis/resource/validation/validation.go). */
import { invalid, required, tooLong } from "#apimachinery/field-error.ts";
import { checkCIdentifier, checkDNS1123Subdomain, MAX_SUBDOMAIN_LENGTH } from "#apimachinery/formats.ts";
import { validateCSIDriverName } from "../../core/v1/storage-sources.ts";
import { checkFormat } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";

const MAX_DOMAIN_LENGTH = 63;
const MAX_ID_LENGTH = 32;
/** Of the qualified name of an attribute or a capacity. */
export const MAX_QUALIFIED_NAME_LENGTH = MAX_DOMAIN_LENGTH + 1 + MAX_ID_LENGTH;

const HEX_GROUPS = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const NORMALIZED_UID =
  "uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters";

/** The rules for drivers of devices are those for drivers of volumes. */
export const validateDriverName = validateCSIDriverName;

/** One or more subdomains with slashes between them. */
export function validatePoolName(name: string, path: string): FieldErrors {
  if (name === "") return [required(path)];
  return collectErrors(
    Buffer.byteLength(name) > MAX_SUBDOMAIN_LENGTH && tooLong(path, MAX_SUBDOMAIN_LENGTH),
    name.split("/").flatMap((part) => checkFormat(part, path, checkDNS1123Subdomain)),
  );
}

export function validateUid(uid: string, path: string): FieldErrors {
  const problem = uidProblem(uid);
  if (problem !== undefined) return [invalid(path, uid, `error validating uid: ${problem}`)];
  return uid.length === 36 && uid === uid.toLowerCase() ? [] : [invalid(path, uid, NORMALIZED_UID)];
}

/** Go's `uuid` package knows four forms, told apart by their lengths. */
function uidProblem(uid: string): string | undefined {
  switch (uid.length) {
    case 32:
      return /^[0-9a-f]{32}$/i.test(uid) ? undefined : "invalid UUID format";
    case 36:
      return HEX_GROUPS.test(uid) ? undefined : "invalid UUID format";
    case 38:
      if (!/^\{.*\}$/s.test(uid)) return "invalid bracketed UUID format";
      return uidProblem(uid.slice(1, -1));
    case 45:
      if (!/^urn:uuid:/i.test(uid)) return `invalid urn prefix: ${JSON.stringify(uid.slice(0, 9))}`;
      return uidProblem(uid.slice(9));
    default:
      return `invalid UUID length: ${String(uid.length)}`;
  }
}

/** An identifier with or without the domain that it belongs to. Upstream looks at no name of more than two parts. */
export function validateQualifiedName(name: string, path: string): FieldErrors {
  const [first = "", second, ...rest] = name.split("/");
  if (second === undefined) return validateIdentifier(first, path);
  if (rest.length > 0) return [];
  return collectErrors(
    first === "" ? invalid(path, "", "the domain must not be empty") : validateDriverName(first, path),
    second === "" ? invalid(path, "", "the name must not be empty") : validateIdentifier(second, path),
  );
}

/** The name of an attribute in a constraint, where it must say which domain it belongs to. */
export function validateFullyQualifiedName(name: string, path: string): FieldErrors {
  return collectErrors(
    validateQualifiedName(name, path),
    !name.includes("/") &&
      invalid(path, name, "a fully qualified name must be a domain and a name separated by a slash"),
  );
}

function validateIdentifier(id: string, path: string): FieldErrors {
  return collectErrors(
    Buffer.byteLength(id) > MAX_ID_LENGTH && tooLong(path, MAX_ID_LENGTH),
    checkFormat(id, path, checkCIdentifier),
  );
}
