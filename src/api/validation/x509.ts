/** Certificates (RFC 5280), as Go's `crypto/x509` reads them. What keys, times and most extensions say is left open. */
import { quote } from "#apimachinery/go-text.ts";
import { Asn1Error, objectIdentifier } from "./asn1.ts";
import {
  BIT_STRING,
  BOOLEAN,
  contextTag,
  DerCursor,
  GENERALIZED_TIME,
  INTEGER,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  SEQUENCE,
  SET,
  UTC_TIME,
} from "./der-cursor.ts";

/** A text that is no certificate; the message is that of Go. */
class CertificateError extends SyntaxError {
  override readonly name = "CertificateError";
}

/** How many certificates stand one behind the other, or why they cannot be read. */
export function countCertificates(
  bytes: Uint8Array,
): { readonly count: number } | { readonly problem: string } {
  try {
    const all = new DerCursor(bytes);
    let count = 0;
    for (; !all.isAtEnd; count++) checkCertificate(all);
    return { count };
  } catch (error) {
    if (error instanceof CertificateError) return { problem: error.message };
    throw error;
  }
}

/** Why there is no single certificate; undefined when there is. */
export function certificateProblem(bytes: Uint8Array): string | undefined {
  const found = countCertificates(bytes);
  if ("problem" in found) return found.problem;
  if (found.count === 1) return undefined;
  return found.count === 0 ? "x509: malformed certificate" : "x509: trailing data";
}

/** Whether a certificate, which must be one, may sign others. */
export function isAuthority(bytes: Uint8Array): boolean {
  return checkCertificate(new DerCursor(bytes)).isAuthority;
}

/** What its extensions say. */
interface CertificateUse {
  readonly isAuthority: boolean;
}

const NO_EXTENSIONS: CertificateUse = { isAuthority: false };

function checkCertificate(all: DerCursor): CertificateUse {
  const certificate = expect(all.take(SEQUENCE), "malformed certificate");
  const contents = expect(certificate.take(SEQUENCE), "malformed tbs certificate");
  const version = checkVersion(contents);
  checkSerialNumber(contents);
  checkAlgorithms(contents, certificate);
  checkName(expect(contents.take(SEQUENCE), "malformed issuer"));
  checkValidity(expect(contents.take(SEQUENCE), "malformed validity"));
  // Go says so.
  checkName(expect(contents.take(SEQUENCE), "malformed issuer"));
  checkPublicKey(expect(contents.take(SEQUENCE), "malformed spki"));
  const use = version > 1 ? checkOptionalParts(contents, version) : NO_EXTENSIONS;
  expect(certificate.take(BIT_STRING), "malformed signature");
  return use;
}

/** Versions are counted from one. */
function checkVersion(contents: DerCursor): number {
  const tag = contextTag(0, true);
  if (!contents.has(tag)) return 1;
  const number = contents.take(tag)?.take(INTEGER);
  const value = number?.bytes.length === 1 ? (number.bytes[0] ?? 0) : undefined;
  if (value === undefined || value >= 0x80) throw new CertificateError("x509: malformed version");
  if (value > 2) throw new CertificateError("x509: invalid version");
  return value + 1;
}

function checkSerialNumber(contents: DerCursor): void {
  const { bytes } = expect(contents.take(INTEGER), "malformed serial number");
  const [first, second = 0] = bytes;
  const isPadded = bytes.length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
  if (first === undefined || isPadded) throw new CertificateError("x509: malformed serial number");
  if (first >= 0x80) throw new CertificateError("x509: negative serial number");
}

/** The algorithm of the signature is named inside and outside of what is signed. */
function checkAlgorithms(contents: DerCursor, certificate: DerCursor): void {
  const inner = expect(contents.take(SEQUENCE), "malformed signature algorithm identifier");
  const outer = expect(certificate.take(SEQUENCE), "malformed algorithm identifier");
  if (Buffer.compare(inner.bytes, outer.bytes) !== 0) {
    throw new CertificateError("x509: inner and outer signature algorithm identifiers don't match");
  }
  checkAlgorithm(inner);
}

function checkAlgorithm(algorithm: DerCursor): void {
  readIdentifier(algorithm, "malformed OID");
  if (!algorithm.isAtEnd) expect(algorithm.takeAny(), "malformed parameters");
}

function checkName(name: DerCursor): void {
  while (!name.isAtEnd) {
    const set = expect(name.take(SET), "invalid RDNSequence");
    while (!set.isAtEnd) {
      const attribute = expect(set.take(SEQUENCE), "invalid RDNSequence: invalid attribute");
      readIdentifier(attribute, "invalid RDNSequence: invalid attribute type");
      expect(attribute.takeAny(), "invalid RDNSequence: invalid attribute value");
    }
  }
}

function checkValidity(validity: DerCursor): void {
  for (const _ of ["notBefore", "notAfter"]) {
    expect(validity.take(UTC_TIME) ?? validity.take(GENERALIZED_TIME), "unsupported time format");
  }
}

function checkPublicKey(info: DerCursor): void {
  checkAlgorithm(expect(info.take(SEQUENCE), "malformed public key algorithm identifier"));
  expect(info.take(BIT_STRING), "malformed subjectPublicKey");
}

function checkOptionalParts(contents: DerCursor, version: number): CertificateUse {
  for (const [number, part] of [
    [1, "issuerUniqueID"],
    [2, "subjectUniqueID"],
  ] as const) {
    const tag = contextTag(number, false);
    if (contents.has(tag)) expect(contents.take(tag), `malformed ${part}`);
  }
  const tag = contextTag(3, true);
  if (version < 3 || !contents.has(tag)) return NO_EXTENSIONS;
  return checkExtensions(expect(contents.take(tag)?.take(SEQUENCE), "malformed extensions"));
}

function checkExtensions(extensions: DerCursor): CertificateUse {
  const seen = new Set<string>();
  let use = NO_EXTENSIONS;
  while (!extensions.isAtEnd) {
    const extension = expect(extensions.take(SEQUENCE), "malformed extension");
    const id = readIdentifier(extension, "malformed extension OID field");
    if (extension.has(BOOLEAN)) expect(extension.take(BOOLEAN), "malformed extension critical field");
    const value = expect(extension.take(OCTET_STRING), "malformed extension value field");
    if (seen.has(id)) {
      throw new CertificateError(`x509: certificate contains duplicate extension with OID ${quote(id)}`);
    }
    seen.add(id);
    if (id === BASIC_CONSTRAINTS) use = { isAuthority: readIsAuthority(value) };
  }
  return use;
}

const BASIC_CONSTRAINTS = "2.5.29.19";

function readIsAuthority(value: DerCursor): boolean {
  const constraints = expect(value.take(SEQUENCE), "invalid basic constraints");
  if (!constraints.has(BOOLEAN)) return false;
  const { bytes } = expect(constraints.take(BOOLEAN), "invalid basic constraints");
  if (bytes.length !== 1 || (bytes[0] !== 0 && bytes[0] !== 0xff)) {
    throw new CertificateError("x509: invalid basic constraints");
  }
  return bytes[0] === 0xff;
}

function readIdentifier(cursor: DerCursor, problem: string): string {
  const { bytes } = expect(cursor.take(OBJECT_IDENTIFIER), problem);
  try {
    return objectIdentifier(bytes);
  } catch (error) {
    if (error instanceof Asn1Error) throw new CertificateError(`x509: ${problem}`, { cause: error });
    throw error;
  }
}

function expect(element: DerCursor | undefined, problem: string): DerCursor {
  if (element === undefined) throw new CertificateError(`x509: ${problem}`);
  return element;
}
