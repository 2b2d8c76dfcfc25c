import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";

/** Why a certificate (DER) is not one of the host, in Go's words; undefined when it is. Go ignores its common name. */
export function verifyHostname(host: string, certificate: Uint8Array): Error | undefined {
  const parsed = new X509Certificate(certificate);
  const isAddress = isIP(host) !== 0;
  const matches = isAddress ? parsed.checkIP(host) : parsed.checkHost(host, { subject: "never" });
  if (matches !== undefined) return undefined;
  return new Error(
    `tls: failed to verify certificate: x509: ${isAddress ? refuseAddress(host, parsed) : refuseName(host, parsed)}`,
  );
}

function refuseAddress(host: string, { subjectAltName }: X509Certificate): string {
  const addresses = namesIn(subjectAltName, "IP Address:");
  return addresses.length === 0
    ? `cannot validate certificate for ${host} because it doesn't contain any IP SANs`
    : `certificate is valid for ${addresses.join(", ")}, not ${host}`;
}

function refuseName(host: string, certificate: X509Certificate): string {
  const { subjectAltName } = certificate;
  if (subjectAltName === undefined && certificate.checkHost(host, { subject: "always" }) !== undefined)
    return "certificate relies on legacy Common Name field, use SANs instead";
  const names = namesIn(subjectAltName, "DNS:");
  return names.length === 0
    ? `certificate is not valid for any names, but wanted to match ${host}`
    : `certificate is valid for ${names.join(", ")}, not ${host}`;
}

function namesIn(subjectAltName = "", prefix: string): readonly string[] {
  return subjectAltName
    .split(", ")
    .filter((entry) => entry.startsWith(prefix))
    .map((entry) => entry.slice(prefix.length));
}
