/** Rules for `metadata.name` (apimachinery `pkg/api/validation/generic.go`). */
import {
  checkDNS1035Label,
  checkDNS1123Label,
  checkDNS1123Subdomain,
  type FormatCheck,
} from "#apimachinery/formats.ts";

/** The messages of what is wrong with a name, or with a `generateName` when `isPrefix` is set. */
export type NameCheck = (name: string, isPrefix: boolean) => readonly string[];

export const checkSubdomainName: NameCheck = nameCheck(checkDNS1123Subdomain);
/** Names of namespaces, and of everything that becomes one part of a DNS name. */
export const checkLabelName: NameCheck = nameCheck(checkDNS1123Label);
export const checkDNS1035LabelName: NameCheck = nameCheck(checkDNS1035Label);

/** Names that only may not break the path of a URL, as those of RBAC objects (`content.IsPathSegmentName`). */
export const checkPathSegmentName: NameCheck = (name, isPrefix) =>
  !isPrefix && (name === "." || name === "..")
    ? [`may not be '${name}'`]
    : ["/", "%"].filter((text) => name.includes(text)).map((text) => `may not contain '${text}'`);

function nameCheck(check: FormatCheck): NameCheck {
  return (name, isPrefix) => check(isPrefix ? maskTrailingDash(name) : name);
}

/** Upstream replaces the dash and the character before it (`maskTrailingDash`). */
function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith("-") ? `${name.slice(0, -2)}a` : name;
}
