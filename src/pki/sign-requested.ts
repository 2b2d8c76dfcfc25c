import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import {
  authorityKeyIdentifier,
  distinguishedName,
  extension,
  formatPem,
  type Issuer,
  OID,
  relativeName,
  SIGNATURE_ALGORITHM,
  serialNumber,
  VERSION_3,
} from "./certificate.ts";
import { bitString, explicit, integer, objectIdentifier, sequence, time } from "./der.ts";

/** What a certificate that somebody has requested is to say. */
export interface RequestedCertificate {
  /** Attributes by their object identifiers. They are encoded anew, so that nothing is signed that nobody has read. */
  readonly subject: readonly { readonly name: string; readonly value: string }[];
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Uint8Array;
  /** GeneralNames, each in DER. */
  readonly altNames: readonly Uint8Array[];
  /** Bits of KeyUsage by their numbers (RFC 5280, section 4.2.1.3). */
  readonly keyUsages: readonly number[];
  /** Object identifiers. */
  readonly extendedKeyUsages: readonly string[];
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Signs a certificate that is no authority, as PEM. Throws for a public key that nobody can use. */
export function signRequested(wanted: RequestedCertificate, issuer: Issuer): string {
  const body = sequence(
    VERSION_3,
    integer(serialNumber()),
    SIGNATURE_ALGORITHM,
    distinguishedName(issuer.subject),
    sequence(time(wanted.notBefore), time(wanted.notAfter)),
    sequence(...wanted.subject.map(({ name, value }) => relativeName(name, value))),
    wanted.publicKey,
    explicit(3, sequence(...extensionsOf(wanted, issuer))),
  );
  // Whether the key is one is found out here and not by whoever gets the certificate.
  createPublicKey({ key: Buffer.from(wanted.publicKey), format: "der", type: "spki" });
  const signature = sign("sha256", body, createPrivateKey(issuer.key));
  return formatPem("CERTIFICATE", sequence(body, SIGNATURE_ALGORITHM, bitString(signature)));
}

function extensionsOf(wanted: RequestedCertificate, issuer: Issuer): Uint8Array[] {
  const { subject, altNames, keyUsages, extendedKeyUsages } = wanted;
  // Without a subject the other names are all that there is (RFC 5280, section 4.2.1.6).
  const isCritical = subject.length === 0 ? "critical" : undefined;
  return [
    ...(keyUsages.length === 0 ? [] : [extension(OID.keyUsage, bitsOf(keyUsages), "critical")]),
    ...(extendedKeyUsages.length === 0
      ? []
      : [extension(OID.extendedKeyUsage, sequence(...extendedKeyUsages.map(objectIdentifier)))]),
    extension(OID.basicConstraints, sequence(), "critical"),
    authorityKeyIdentifier(issuer),
    ...(altNames.length === 0 ? [] : [extension(OID.subjectAltName, sequence(...altNames), isCritical)]),
  ];
}

/** A string of bits that ends with the last one that is set, as DER wants it. */
function bitsOf(numbers: readonly number[]): Uint8Array {
  const last = Math.max(...numbers);
  const bytes = new Uint8Array(Math.floor(last / 8) + 1);
  for (const number of numbers) {
    const index = Math.floor(number / 8);
    bytes[index] = (bytes[index] ?? 0) | (0x80 >> (number % 8));
  }
  return bitString(bytes, 7 - (last % 8));
}
