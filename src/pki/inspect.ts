import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { formatIP, parseIP } from "#base/cidr.ts";
import { type Issuer, OID, type Subject } from "./certificate.ts";
import { objectIdentifier } from "./der.ts";

/** What two files of the directory hold; `undefined` stands for a missing file. */
export interface CredentialFiles {
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

/** What is known of a credential on disk. A file that cannot be parsed counts as damaged. */
export interface CredentialFacts {
  readonly key: "usable" | "missing" | "damaged";
  readonly certificate: CertificateFacts | "missing" | "damaged";
}

export interface CertificateFacts {
  readonly subject: Subject;
  /** Normalized and sorted, see `canonicalNames`. */
  readonly subjectAltNames: readonly string[];
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Whether it certifies the key beside it. */
  readonly matchesKey: boolean;
  /** Whether its signature is by the authority that was given. */
  readonly isIssuedByAuthority: boolean;
}

/** `authority` is the PEM of the certificate that should have issued it; an authority issues itself. */
export function inspectCredential(files: CredentialFiles, authority: string | undefined): CredentialFacts {
  const key = parse(files.key, createPrivateKey);
  const certificate = parse(files.certificate, readCertificate);
  const issuer = parse(authority, readCertificate);
  return {
    key: typeof key === "string" ? key : "usable",
    certificate:
      typeof certificate === "string"
        ? certificate
        : certificateFacts(certificate, typeof key === "string" ? undefined : key, issuer),
  };
}

/** One spelling for every name, so that two lists can be compared: names in lower case, addresses canonical. */
export function canonicalNames(names: readonly string[]): readonly string[] {
  return [...new Set(names.map(canonicalName))].toSorted();
}

interface ReadCertificate {
  readonly certificate: X509Certificate;
  readonly publicKey: KeyObject;
}

/** Throws for a certificate whose key nobody can use, too. */
function readCertificate(pem: string): ReadCertificate {
  const certificate = new X509Certificate(pem);
  return { certificate, publicKey: certificate.publicKey };
}

function certificateFacts(
  { certificate }: ReadCertificate,
  key: KeyObject | undefined,
  issuer: ReadCertificate | "missing" | "damaged",
): CertificateFacts {
  return {
    subject: parseSubject(certificate.subject),
    subjectAltNames: canonicalNames(parseAltNames(certificate.subjectAltName)),
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
    matchesKey: key === undefined || certificate.checkPrivateKey(key),
    isIssuedByAuthority:
      typeof issuer !== "string" &&
      certificate.checkIssued(issuer.certificate) &&
      certificate.verify(issuer.publicKey),
  };
}

function parse<T>(text: string | undefined, parser: (text: string) => T): T | "missing" | "damaged" {
  if (text === undefined) return "missing";
  try {
    return parser(text);
  } catch {
    // What is wrong with the file does not matter: it is replaced.
    return "damaged";
  }
}

/** The certificates in a PEM text, each as PEM that ends with its line. */
export function splitCertificates(pem: string): readonly string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => `${block}\n`);
}

/** Of a certificate in PEM. */
export function subjectOf(certificate: string): Subject {
  return parseSubject(new X509Certificate(certificate).subject);
}

/** Who signs with a certificate in PEM and its key. */
export function issuerFrom(certificate: string, key: string): Issuer {
  const { subject, raw } = new X509Certificate(certificate);
  const keyIdentifier = subjectKeyIdentifier(raw);
  return { subject: parseSubject(subject), key, ...(keyIdentifier && { keyIdentifier }) };
}

/** Found by its object identifier, since what comes behind is always the same: an octet string in an octet string. */
function subjectKeyIdentifier(certificate: Buffer): Uint8Array | undefined {
  const identifier = objectIdentifier(OID.subjectKeyIdentifier);
  const at = certificate.indexOf(identifier);
  if (at < 0) return undefined;
  const inner = at + identifier.length + 2;
  const length = certificate[inner + 1] ?? 0;
  return certificate.subarray(inner + 2, inner + 2 + length);
}

/** Node prints one `TYPE=value` a line. */
function parseSubject(text: string): Subject {
  const pairs = text.split("\n").map((line) => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 1)] as const;
  });
  return {
    commonName: pairs.find(([type]) => type === "CN")?.[1] ?? "",
    organizations: pairs.filter(([type]) => type === "O").map(([, value]) => value),
  };
}

/** Node prints `DNS:localhost, IP Address:127.0.0.1`. */
function parseAltNames(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(", ").map((entry) => entry.slice(entry.indexOf(":") + 1));
}

function canonicalName(name: string): string {
  const address = parseIP(name);
  return address === undefined ? name.toLowerCase() : formatIP(address);
}
