import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import type { Secret } from "#api/generated/core-v1.ts";
import { type PemBlock, readPemBlocks } from "#api/validation/pem.ts";
import { certificateProblem } from "#api/validation/x509.ts";

/** What is wrong with the key pair of a `kubernetes.io/tls` secret, in the words of Go's `tls.X509KeyPair`. */
export function tlsWarnings({ type, data = {} }: Secret): readonly string[] {
  if (type !== "kubernetes.io/tls") return [];
  const problem = keyPairProblem(blocksOf(data["tls.crt"]), blocksOf(data["tls.key"]));
  return problem === undefined ? [] : [problem];
}

function blocksOf(base64 = ""): readonly PemBlock[] {
  return readPemBlocks(Buffer.from(base64, "base64").toString("latin1"));
}

function keyPairProblem(certificates: readonly PemBlock[], keys: readonly PemBlock[]): string | undefined {
  const certificate = certificates.find(({ type }) => type === "CERTIFICATE");
  if (certificate === undefined) return noCertificate(certificates.map(({ type }) => type));
  const key = keys.find(({ type }) => isKey(type));
  if (key === undefined) return noKey(keys.map(({ type }) => type));
  const certified = readCertificate(certificate);
  if (certified === undefined) return certificateProblem(certificate.bytes) ?? "x509: malformed certificate";
  const own = readKey(key);
  if (own === undefined) return "tls: failed to parse private key";
  if (own.asymmetricKeyType !== certified.asymmetricKeyType) {
    return "tls: private key type does not match public key type";
  }
  return createPublicKey(own).equals(certified) ? undefined : "tls: private key does not match public key";
}

function isKey(type: string): boolean {
  return type === "PRIVATE KEY" || type.endsWith(" PRIVATE KEY");
}

function noCertificate(skipped: readonly string[]): string {
  const [first = ""] = skipped;
  if (skipped.length === 0) return "tls: failed to find any PEM data in certificate input";
  return skipped.length === 1 && first.endsWith("PRIVATE KEY")
    ? "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched"
    : `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${skipped.join(" ")}]`;
}

function noKey(skipped: readonly string[]): string {
  if (skipped.length === 0) return "tls: failed to find any PEM data in key input";
  return skipped.length === 1 && skipped[0] === "CERTIFICATE"
    ? "tls: found a certificate rather than a key in the PEM for the private key"
    : `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${skipped.join(" ")}]`;
}

function readCertificate({ bytes }: PemBlock): KeyObject | undefined {
  try {
    return new X509Certificate(bytes).publicKey;
  } catch {
    // No certificate.
    return undefined;
  }
}

/** Go tries the encodings one after the other, whatever the block says that it is. */
function readKey({ bytes }: PemBlock): KeyObject | undefined {
  for (const type of ["pkcs1", "pkcs8", "sec1"] as const) {
    try {
      return createPrivateKey({ key: Buffer.from(bytes), format: "der", type });
    } catch {
      // Not in this encoding.
    }
  }
  return undefined;
}
