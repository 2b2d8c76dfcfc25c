/** Rules for `metadata.name` (apimachinery `pkg/api/validation/generic.go`). */
import {
  checkDNS1123Label,
  checkDNS1123Subdomain,
  checkNameWith,
  checkPathSegmentName as checkPathSegment,
  checkPathSegmentPrefix,
} from "#apimachinery/formats.ts";

/** The messages of what is wrong with a name, or with a `generateName` when `isPrefix` is set. */
export type NameCheck = (name: string, isPrefix: boolean) => readonly string[];

/** The names of most kinds. */
export const checkSubdomainName: NameCheck = checkNameWith(checkDNS1123Subdomain);
/** Names of namespaces, and of everything that becomes one part of a DNS name. */
export const checkLabelName: NameCheck = checkNameWith(checkDNS1123Label);

/** Names that only may not break the path of a URL, as those of RBAC objects. */
export const checkPathSegmentName: NameCheck = (name, isPrefix) =>
  isPrefix ? checkPathSegmentPrefix(name) : checkPathSegment(name);
