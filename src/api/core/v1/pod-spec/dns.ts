import {
  type FieldError,
  forbidden,
  indexPath,
  invalid,
  required,
  tooLong,
} from "#apimachinery/field-error.ts";
import { checkDNS1123Subdomain, checkDNS1123SubdomainWithUnderscore } from "#apimachinery/formats.ts";
import type { HostAlias, PodDNSConfig, PodSpec } from "../../../generated/core-v1.ts";
import { checkFormat, validateEach } from "../../../validation/checks.ts";
import { validateLegacyIp } from "../../../validation/ip-fields.ts";

/** What the C library on Linux can handle. */
const MAX_NAMESERVERS = 3;
const MAX_SEARCH_PATHS = 32;
const MAX_SEARCH_CHARACTERS = 2048;

/** The longest host name of the Linux kernel. */
const MAX_HOSTNAME = 64;

export function validateDnsConfig({ dnsConfig, dnsPolicy }: PodSpec, path: string): readonly FieldError[] {
  const nameservers = dnsConfig?.nameservers ?? [];
  if (dnsPolicy === "None" && dnsConfig === undefined) {
    return [required(path, "must provide `dnsConfig` when `dnsPolicy` is None")];
  }
  if (dnsPolicy === "None" && nameservers.length === 0) {
    const detail = "must provide at least one DNS nameserver when `dnsPolicy` is None";
    return [required(`${path}.nameservers`, detail)];
  }
  if (dnsConfig === undefined) return [];
  return [
    ...(nameservers.length > MAX_NAMESERVERS
      ? [
          invalid(
            `${path}.nameservers`,
            nameservers,
            `must not have more than ${String(MAX_NAMESERVERS)} nameservers`,
          ),
        ]
      : []),
    ...validateEach(nameservers, `${path}.nameservers`, (server, serverPath) =>
      validateLegacyIp(server, serverPath),
    ),
    ...validateSearches(dnsConfig.searches ?? [], `${path}.searches`),
    ...(dnsConfig.options ?? []).flatMap(({ name = "" }, index) =>
      name === "" ? [required(indexPath(`${path}.options`, index), "must not be empty")] : [],
    ),
  ];
}

export function validateHostAliases(
  aliases: readonly HostAlias[] | undefined,
  path: string,
): readonly FieldError[] {
  return validateEach(aliases, path, ({ ip, hostnames }, aliasPath) => [
    ...validateLegacyIp(ip, `${aliasPath}.ip`),
    ...validateEach(hostnames, `${aliasPath}.hostnames`, (name, namePath) =>
      checkFormat(name, namePath, checkDNS1123Subdomain),
    ),
  ]);
}

export function validateHostnameOverride(spec: PodSpec, path: string): readonly FieldError[] {
  const { hostnameOverride, setHostnameAsFQDN, hostNetwork } = spec;
  if (hostnameOverride === undefined) return [];
  return [
    ...(setHostnameAsFQDN === true
      ? [forbidden(path, "may not be specified when setHostnameAsFQDN is true")]
      : []),
    ...(hostNetwork === true ? [forbidden(path, "may not be specified when hostNetwork is true")] : []),
    ...(Buffer.byteLength(hostnameOverride) > MAX_HOSTNAME ? [tooLong(path, MAX_HOSTNAME)] : []),
    ...checkFormat(hostnameOverride, path, checkDNS1123Subdomain),
  ];
}

function validateSearches(
  searches: NonNullable<PodDNSConfig["searches"]>,
  path: string,
): readonly FieldError[] {
  const tooMany = `must not have more than ${String(MAX_SEARCH_PATHS)} search paths`;
  const tooManyCharacters = `must not have more than ${String(MAX_SEARCH_CHARACTERS)} characters (including spaces) in the search list`;
  return [
    ...(searches.length > MAX_SEARCH_PATHS ? [invalid(path, searches, tooMany)] : []),
    ...(searches.join(" ").length > MAX_SEARCH_CHARACTERS
      ? [invalid(path, searches, tooManyCharacters)]
      : []),
    ...validateEach(searches, path, (search, searchPath) =>
      search === "."
        ? []
        : checkFormat(search.replace(/\.$/, ""), searchPath, checkDNS1123SubdomainWithUnderscore),
    ),
  ];
}
