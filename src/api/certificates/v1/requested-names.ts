import {
  Asn1Error,
  Asn1Reader,
  type Asn1Type,
  INTEGER,
  OBJECT_IDENTIFIER,
  objectIdentifier,
  sequenceOf,
} from "../../validation/asn1.ts";
import { type CertificateRequest, subjectValues } from "./certificate-request.ts";

/** For whom a certificate is requested, as far as it is understood. */
export interface RequestedNames {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly altNames: readonly AltName[];
}

export interface AltName {
  readonly type: AltNameType;
  /** GeneralName in DER (RFC 5280, section 4.2.1.6). */
  readonly encoded: Uint8Array;
}

export type AltNameType = "DNS" | "IP" | "Email" | "URI";

/** The tags of kinds of names that Go's `crypto/x509` reads. */
const ALT_NAME_TYPES: ReadonlyMap<number, AltNameType> = new Map([
  [1, "Email"],
  [2, "DNS"],
  [6, "URI"],
  [7, "IP"],
]);

const SUBJECT_ALT_NAME = "2.5.29.17";
/** PKCS #9, section 5.4.2. */
const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";

const SET: Asn1Type = { tag: 17, isCompound: true, goType: "set" };
const OCTET_STRING = 4;
const CONTEXT_CLASS = 2;

/** Throws an `Asn1Error` for names that cannot be read. */
export function readRequestedNames(request: CertificateRequest): RequestedNames {
  const contents = new Asn1Reader(new Asn1Reader(request.signed).read(sequenceOf("tbsCertificateRequest")));
  contents.read(INTEGER);
  contents.readAny();
  contents.readAny();
  const altNames = contents.isAtEnd ? undefined : readAltNames(contents.readTagged().contents);
  return {
    commonName: subjectValues(request, "commonName").at(-1) ?? "",
    organizations: subjectValues(request, "organization"),
    altNames: altNames === undefined ? [] : [...knownNames(altNames)],
  };
}

/** The names in the extensions that are among the attributes of a request. */
function readAltNames(attributes: Uint8Array): Uint8Array | undefined {
  const reader = new Asn1Reader(attributes);
  while (!reader.isAtEnd) {
    const attribute = new Asn1Reader(reader.read(sequenceOf("Attribute")));
    if (objectIdentifier(attribute.read(OBJECT_IDENTIFIER)) !== EXTENSION_REQUEST) continue;
    const extensions = new Asn1Reader(new Asn1Reader(attribute.read(SET)).read(sequenceOf("Extensions")));
    while (!extensions.isAtEnd) {
      const extension = new Asn1Reader(extensions.read(sequenceOf("Extension")));
      if (objectIdentifier(extension.read(OBJECT_IDENTIFIER)) === SUBJECT_ALT_NAME) return valueOf(extension);
    }
  }
  return undefined;
}

/** What stands in an extension behind its name, and behind the flag that it may have. */
function valueOf(extension: Asn1Reader): Uint8Array {
  let { tag, contents } = extension.readTagged();
  if (tag !== OCTET_STRING) ({ tag, contents } = extension.readTagged());
  if (tag !== OCTET_STRING) throw new Asn1Error("asn1: structure error: an extension has no value");
  return contents;
}

/** Kinds that nobody has looked at are left out. */
function* knownNames(altNames: Uint8Array): Generator<AltName> {
  const names = new Asn1Reader(new Asn1Reader(altNames).read(sequenceOf("GeneralNames")));
  while (!names.isAtEnd) {
    const encoded = names.readAny();
    const { tagClass, tag } = new Asn1Reader(encoded).readTagged();
    const type = tagClass === CONTEXT_CLASS ? ALT_NAME_TYPES.get(tag) : undefined;
    if (type !== undefined) yield { type, encoded };
  }
}
