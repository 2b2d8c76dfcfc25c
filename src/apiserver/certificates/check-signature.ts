import { constants, createPublicKey, type KeyObject, verify } from "node:crypto";
import type { Algorithm, CertificateRequest } from "#api/certificates/v1/certificate-request.ts";

type KeyType = "rsa" | "ec" | "ed25519";

interface SignatureAlgorithm {
  readonly key: KeyType;
  /** Undefined where the algorithm hashes by itself. */
  readonly hash?: string;
  /** Bytes of salt, where there is some. */
  readonly saltLength?: number;
}

const MD5_RSA = "1.2.840.113549.1.1.4";
const RSA_PSS = "1.2.840.113549.1.1.10";

/** What PSS hashes with, the last byte of the identifier of that, and the length of the salt that goes with it. */
const PSS_HASHES = [
  { hash: "sha256", id: 1, saltLength: 32 },
  { hash: "sha384", id: 2, saltLength: 48 },
  { hash: "sha512", id: 3, saltLength: 64 },
];

/** Algorithms of signatures by their object identifiers, but for RSA-PSS, which says more in its parameters. */
const SIGNATURES: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  ["1.2.840.113549.1.1.5", { key: "rsa", hash: "sha1" }],
  ["1.3.14.3.2.29", { key: "rsa", hash: "sha1" }],
  ["1.2.840.113549.1.1.11", { key: "rsa", hash: "sha256" }],
  ["1.2.840.113549.1.1.12", { key: "rsa", hash: "sha384" }],
  ["1.2.840.113549.1.1.13", { key: "rsa", hash: "sha512" }],
  ["1.2.840.10045.4.1", { key: "ec", hash: "sha1" }],
  ["1.2.840.10045.4.3.2", { key: "ec", hash: "sha256" }],
  ["1.2.840.10045.4.3.3", { key: "ec", hash: "sha384" }],
  ["1.2.840.10045.4.3.4", { key: "ec", hash: "sha512" }],
  ["1.3.101.112", { key: "ed25519" }],
]);

/** Algorithms of keys by their object identifiers. */
const KEYS: ReadonlyMap<string, KeyType> = new Map([
  ["1.2.840.113549.1.1.1", "rsa"],
  ["1.2.840.10045.2.1", "ec"],
  ["1.3.101.112", "ed25519"],
]);

const NAMES: Readonly<Record<KeyType, { readonly name: string; readonly goType: string }>> = {
  rsa: { name: "RSA", goType: "*rsa.PublicKey" },
  ec: { name: "ECDSA", goType: "*ecdsa.PublicKey" },
  ed25519: { name: "Ed25519", goType: "ed25519.PublicKey" },
};

const BAD_KEYS: Readonly<Record<KeyType, string>> = {
  rsa: "x509: invalid RSA public key",
  ec: "x509: failed to unmarshal elliptic curve point",
  ed25519: "x509: wrong Ed25519 public key size",
};

const FAILURES: Readonly<Record<KeyType, string>> = {
  rsa: "crypto/rsa: verification error",
  ec: "x509: ECDSA verification failure",
  ed25519: "x509: Ed25519 verification failure",
};

const INSECURE = "x509: cannot verify signature: insecure algorithm MD5-RSA";
const UNSUPPORTED = "x509: cannot verify signature: algorithm unimplemented";

/** Why a request is not signed with its own key, in the words of Go's `CheckSignature`; undefined when it is. */
export function signatureProblem(request: CertificateRequest): string | undefined {
  const keyType = KEYS.get(request.keyAlgorithm.name);
  if (keyType === undefined) return UNSUPPORTED;
  const key = readKey(request.publicKey);
  if (key?.asymmetricKeyType !== keyType) return BAD_KEYS[keyType];
  if (request.signatureAlgorithm.name === MD5_RSA) return INSECURE;
  const algorithm = signatureAlgorithm(request.signatureAlgorithm);
  if (algorithm === undefined) return UNSUPPORTED;
  if (algorithm.key !== keyType) return mismatch(algorithm.key, keyType);
  return isSigned(request, key, algorithm) ? undefined : FAILURES[keyType];
}

function signatureAlgorithm({ name, parameters }: Algorithm): SignatureAlgorithm | undefined {
  if (name !== RSA_PSS) return SIGNATURES.get(name);
  const hash = PSS_HASHES.find((each) => parameters && Buffer.from(parameters).equals(pssParameters(each)));
  return hash && { key: "rsa", hash: hash.hash, saltLength: hash.saltLength };
}

/** The only parameters that are understood: the same hash everywhere, and salt of its length. */
function pssParameters({ id, saltLength }: { readonly id: number; readonly saltLength: number }): Buffer {
  const hash = `300d06096086480165030402${Buffer.of(id).toString("hex")}0500`;
  const mask = `301a06092a864886f70d010108${hash}`;
  return Buffer.from(`3034a00f${hash}a11c${mask}a2030201${Buffer.of(saltLength).toString("hex")}`, "hex");
}

function isSigned(
  { signed, signature }: CertificateRequest,
  key: KeyObject,
  { hash, saltLength }: SignatureAlgorithm,
): boolean {
  const padding = saltLength && { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
  return verify(hash, signed, { key, ...padding }, signature);
}

function readKey(der: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" });
  } catch {
    // No key of an algorithm that is known here.
    return undefined;
  }
}

function mismatch(wanted: KeyType, found: KeyType): string {
  return `x509: signature algorithm specifies an ${NAMES[wanted].name} public key, but have public key of type ${NAMES[found].goType}`;
}
