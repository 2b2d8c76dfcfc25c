import { X509Certificate } from "node:crypto";
import { readPemBlocks } from "#api/validation/pem.ts";
import type { FrontProxyOptions } from "../../authentication/front-proxy.ts";

/** By what extension servers know whom to believe, about clients and about the front proxy. */
export interface AuthenticationTrust {
  /** PEM of the authorities of client certificates. */
  readonly clientAuthority: string;
  /** PEM of the authorities of the front proxy's certificate. */
  readonly requestHeaderAuthority: string;
  /** PEM of former authorities of both kinds, which nobody must believe any more. */
  readonly retired: string;
  /** The other front proxies that this server believes. */
  readonly frontProxies: FrontProxyOptions;
}

/** The common name of the certificate that this server shows to extension servers. */
const OWN_NAME = "system:auth-proxy";

type TrustData = Readonly<Record<string, string>>;

/** A clock of another host may be behind by this much. */
const SLACK_MS = 5 * 60_000;

/**
 * The contents of the ConfigMap: what this server wants in it, and what other servers have put there, without certificates
 * that have expired or were retired (kubernetes `clusterauthenticationtrust`). What cannot be read is left out. `now` is in milliseconds.
 */
export function planTrust(present: TrustData, trust: AuthenticationTrust, now: number): TrustData {
  const lists = Object.entries(listsOf(trust.frontProxies)).map(([key, values]) => [
    key,
    JSON.stringify([...new Set([...readList(present[key]), ...values])]),
  ]);
  const authorities = Object.entries({
    "client-ca-file": trust.clientAuthority,
    "requestheader-client-ca-file": trust.requestHeaderAuthority,
  }).map(([key, pem]) => [key, joinCertificates([present[key] ?? "", pem], trust.retired, now)]);
  return Object.fromEntries([...authorities, ...lists]) as TrustData;
}

/** In what headers front proxies tell of users, and who may do so; this server among them, where not all may. */
function listsOf({ allowedNames, headers }: FrontProxyOptions): Readonly<Record<string, readonly string[]>> {
  return {
    "requestheader-username-headers": headers.username,
    "requestheader-uid-headers": headers.uid,
    "requestheader-group-headers": headers.group,
    "requestheader-extra-headers-prefix": headers.extraPrefix,
    "requestheader-allowed-names": allowedNames.length === 0 ? [] : [...allowedNames, OWN_NAME],
  };
}

function readList(text = "[]"): readonly string[] {
  try {
    const values = JSON.parse(text) as unknown;
    return Array.isArray(values) ? values.filter((value) => typeof value === "string") : [];
  } catch {
    // Somebody has written something else: it is replaced.
    return [];
  }
}

function joinCertificates(bundles: readonly string[], retired: string, now: number): string {
  const gone = new Set(readCertificates(retired).map((certificate) => certificate.toString()));
  const certificates = bundles
    .flatMap(readCertificates)
    .filter(({ validToDate }) => validToDate.getTime() > now - SLACK_MS)
    .map((certificate) => certificate.toString());
  return [...new Set(certificates)].filter((certificate) => !gone.has(certificate)).join("");
}

function readCertificates(pem: string): readonly X509Certificate[] {
  try {
    return readPemBlocks(pem)
      .filter(({ type }) => type === "CERTIFICATE")
      .map(({ bytes }) => new X509Certificate(bytes));
  } catch {
    // Not ours, then: it is replaced.
    return [];
  }
}
