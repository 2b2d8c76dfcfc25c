import { createPublicKey, verify } from "node:crypto";
import { parseCertificateRequest } from "#api/certificates/v1/certificate-request.ts";

const BLOCK =
  /^-----BEGIN CERTIFICATE REQUEST-----\s+([A-Za-z0-9+/=\s]+)-----END CERTIFICATE REQUEST-----\s*$/;

/** ECDSA with SHA-256, which agents sign with. */
const SIGNATURE_ALGORITHM = "1.2.840.10045.4.3.2";

/** The key, in PEM, that a request is for; undefined for one that its sender cannot have signed. */
export function requestedKey(pem: string): string | undefined {
  const [, base64 = ""] = BLOCK.exec(pem) ?? [];
  try {
    const request = parseCertificateRequest(Buffer.from(base64, "base64"));
    const key = createPublicKey({ key: Buffer.from(request.publicKey), format: "der", type: "spki" });
    const isSigned =
      request.signatureAlgorithm.name === SIGNATURE_ALGORITHM &&
      key.asymmetricKeyType === "ec" &&
      verify("sha256", request.signed, key, request.signature);
    return isSigned ? key.export({ type: "spki", format: "pem" }).toString() : undefined;
  } catch {
    // Whatever is wrong with its bytes, it is no request.
    return undefined;
  }
}
