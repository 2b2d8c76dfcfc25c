import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
} from "node:crypto";
import { type IPAddress, parseIP } from "#base/cidr.ts";
import {
  bitString,
  boolean,
  explicit,
  implicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  setOfOne,
  time,
  utf8String,
} from "./der.ts";

/**
 * Issues X.509 certificates (RFC 5280) with ECDSA P-256 keys. They are encoded here and not by a library
 * because that is on the way of a first start: issuing nine certificates through @peculiar/x509 costs 60 to 80 ms
 * and 35 MB of memory, this 5 ms and nothing.
 */
export interface Subject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

export interface CertificateTemplate {
  readonly subject: Subject;
  readonly usage: "serverAuth" | "clientAuth" | "authority";
  /** DNS names and IP addresses. */
  readonly subjectAltNames?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** A certificate and its private key, both PEM. */
export interface Credential {
  readonly certificate: string;
  readonly key: string;
}

/** Who signs: the subject and key of a certificate authority. */
export interface Issuer {
  readonly subject: Subject;
  /** PEM. */
  readonly key: string;
  /** As the certificate of the authority has it; default: what this program gives to a key. */
  readonly keyIdentifier?: Uint8Array;
}

export const OID = {
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
  ecdsaWithSHA256: "1.2.840.10045.4.3.2",
} as const;

export const SIGNATURE_ALGORITHM = sequence(objectIdentifier(OID.ecdsaWithSHA256));
const VERSION_1 = integer(Uint8Array.of(0));
export const VERSION_3 = explicit(0, integer(Uint8Array.of(2)));

/** A new P-256 private key as PEM (SEC 1). */
export function generateKey(): string {
  return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
    type: "sec1",
    format: "pem",
  });
}

/** A certificate over a key, whose public half is enough, as PEM. An authority that issues itself is a root. */
export function issueCertificate(template: CertificateTemplate, key: string, issuer: Issuer): string {
  const issuerKey = createPrivateKey(issuer.key);
  const body = sequence(
    VERSION_3,
    integer(serialNumber()),
    SIGNATURE_ALGORITHM,
    distinguishedName(issuer.subject),
    sequence(time(template.notBefore), time(template.notAfter)),
    distinguishedName(template.subject),
    publicKeyOf(key),
    explicit(3, sequence(...extensions(template, key, issuer))),
  );
  const signature = sign("sha256", body, issuerKey);
  return formatPem("CERTIFICATE", sequence(body, SIGNATURE_ALGORITHM, bitString(signature)));
}

function extensions({ usage, subjectAltNames = [] }: CertificateTemplate, key: string, issuer: Issuer) {
  const isAuthority = usage === "authority";
  return [
    extension(OID.keyUsage, isAuthority ? AUTHORITY_KEY_USAGE : LEAF_KEY_USAGE, "critical"),
    ...(isAuthority ? [] : [extension(OID.extendedKeyUsage, sequence(objectIdentifier(OID[usage])))]),
    extension(OID.basicConstraints, isAuthority ? sequence(boolean(true)) : sequence(), "critical"),
    extension(OID.subjectKeyIdentifier, octetString(keyIdentifier(key))),
    authorityKeyIdentifier(issuer),
    ...(subjectAltNames.length === 0
      ? []
      : [extension(OID.subjectAltName, sequence(...subjectAltNames.map(generalName)))]),
  ];
}

export function authorityKeyIdentifier({ key, keyIdentifier: given }: Issuer): Uint8Array {
  return extension(OID.authorityKeyIdentifier, sequence(implicit(0, given ?? keyIdentifier(key))));
}

/** digitalSignature, keyCertSign and cRLSign. */
const AUTHORITY_KEY_USAGE = bitString(Uint8Array.of(0b1000_0110), 1);
/** digitalSignature; keys of elliptic curves encipher nothing. */
const LEAF_KEY_USAGE = bitString(Uint8Array.of(0b1000_0000), 7);

export function extension(identifier: string, value: Uint8Array, critical?: "critical"): Uint8Array {
  const flag = critical === undefined ? [] : [boolean(true)];
  return sequence(objectIdentifier(identifier), ...flag, octetString(value));
}

/** Organizations come first, as Go writes them. */
export function distinguishedName({ commonName, organizations = [] }: Subject): Uint8Array {
  return sequence(
    ...organizations.map((name) => relativeName(OID.organization, name)),
    relativeName(OID.commonName, commonName),
  );
}

export function relativeName(identifier: string, value: string): Uint8Array {
  return setOfOne(sequence(objectIdentifier(identifier), utf8String(value)));
}

function generalName(name: string): Uint8Array {
  const address = parseIP(name);
  return address === undefined
    ? implicit(2, new TextEncoder().encode(name))
    : implicit(7, addressBytes(address));
}

function addressBytes({ family, value }: IPAddress): Uint8Array {
  return Buffer.from(value.toString(16).padStart(family === 4 ? 8 : 32, "0"), "hex");
}

/** 127 random bits: unique without a counter, and positive. */
export function serialNumber(): Uint8Array {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}

/**
 * A request for a certificate over `key` (RFC 2986), as PEM: it shows that its sender has the private half. What the
 * certificate will say is up to the issuer.
 */
export function createCertificateRequest(subject: Subject, key: string): string {
  const noAttributes = explicit(0, new Uint8Array());
  const body = sequence(VERSION_1, distinguishedName(subject), publicKeyOf(key), noAttributes);
  const signature = sign("sha256", body, createPrivateKey(key));
  return formatPem("CERTIFICATE REQUEST", sequence(body, SIGNATURE_ALGORITHM, bitString(signature)));
}

function publicKeyOf(key: string): Uint8Array {
  return createPublicKey(key).export({ type: "spki", format: "der" });
}

/** RFC 7093 method 4: a hash of the SubjectPublicKeyInfo, cut to 160 bits as is usual. */
function keyIdentifier(key: string): Uint8Array {
  return createHash("sha256").update(publicKeyOf(key)).digest().subarray(0, 20);
}

export function formatPem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
