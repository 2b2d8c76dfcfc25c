/** Requests for certificates (RFC 2986), as Go's `crypto/x509` reads them. What their attributes say is left open. */
import {
  Asn1Reader,
  BIT_STRING,
  bitStringBytes,
  checkInteger,
  INTEGER,
  OBJECT_IDENTIFIER,
  objectIdentifier,
  sequenceOf,
  syntax,
} from "../../validation/asn1.ts";

export interface Algorithm {
  /** Its object identifier, such as `1.2.840.10045.2.1`. */
  readonly name: string;
  /** Their element, where there are any. */
  readonly parameters: Uint8Array | undefined;
}

export interface SubjectAttribute {
  /** Its object identifier, such as `2.5.4.3`. */
  readonly name: string;
  readonly value: string;
}

export interface CertificateRequest {
  /** What is signed. */
  readonly signed: Uint8Array;
  /** What it is asked for, attribute by attribute; values that are no text are left out. */
  readonly subject: readonly SubjectAttribute[];
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Uint8Array;
  readonly keyAlgorithm: Algorithm;
  readonly signatureAlgorithm: Algorithm;
  readonly signature: Uint8Array;
}

const ATTRIBUTES = { commonName: "2.5.4.3", organization: "2.5.4.10" } as const;

/** All values of an attribute of the subject. */
export function subjectValues(
  { subject }: Pick<CertificateRequest, "subject">,
  attribute: keyof typeof ATTRIBUTES,
): readonly string[] {
  return subject.filter(({ name }) => name === ATTRIBUTES[attribute]).map(({ value }) => value);
}

/** Throws an `Asn1Error`. */
export function parseCertificateRequest(der: Uint8Array): CertificateRequest {
  const outer = new Asn1Reader(der);
  const request = new Asn1Reader(outer.read(sequenceOf("certificateRequest")));
  if (!outer.isAtEnd) throw syntax("trailing data");
  const signed = request.readAny();
  const contents = readContents(signed);
  const signatureAlgorithm = readAlgorithm(request);
  const signature = bitStringBytes(request.read(BIT_STRING));
  return { signed, ...contents, signatureAlgorithm, signature };
}

function readContents(
  element: Uint8Array,
): Pick<CertificateRequest, "subject" | "publicKey" | "keyAlgorithm"> {
  const contents = new Asn1Reader(new Asn1Reader(element).read(sequenceOf("tbsCertificateRequest")));
  checkInteger(contents.read(INTEGER));
  const subject = contents.readAny();
  const publicKey = contents.readAny();
  const key = new Asn1Reader(new Asn1Reader(publicKey).read(sequenceOf("publicKeyInfo")));
  const keyAlgorithm = readAlgorithm(key);
  bitStringBytes(key.read(BIT_STRING));
  return { subject: readName(subject), publicKey, keyAlgorithm };
}

function readAlgorithm(reader: Asn1Reader): Algorithm {
  const algorithm = new Asn1Reader(reader.read(sequenceOf("AlgorithmIdentifier")));
  const name = objectIdentifier(algorithm.read(OBJECT_IDENTIFIER));
  return { name, parameters: algorithm.readOptional() };
}

/** A name is a list of sets of attributes; their values may be anything. */
function readName(element: Uint8Array): readonly SubjectAttribute[] {
  const found: SubjectAttribute[] = [];
  const parts = new Asn1Reader(new Asn1Reader(element).read(sequenceOf("RDNSequence")));
  while (!parts.isAtEnd) {
    const attributes = new Asn1Reader(
      parts.read({ tag: 17, isCompound: true, goType: "RelativeDistinguishedNameSET" }),
    );
    while (!attributes.isAtEnd) {
      const attribute = new Asn1Reader(attributes.read(sequenceOf("AttributeTypeAndValue")));
      const name = objectIdentifier(attribute.read(OBJECT_IDENTIFIER));
      const value = attribute.readText();
      if (value !== undefined) found.push({ name, value });
    }
  }
  return found;
}
