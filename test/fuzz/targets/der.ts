import { parseCertificateRequest } from "#api/certificates/v1/certificate-request.ts";
import { Asn1Error } from "#api/validation/asn1.ts";
import { readPemBlocks } from "#api/validation/pem.ts";
import { countCertificates } from "#api/validation/x509.ts";
import { inspectCredential } from "#pki/inspect.ts";
import { CERTIFICATE, EC_REQUEST, ED25519_REQUEST, RSA_REQUEST } from "#testing/certificates.ts";
import { attempt, bytesTarget, ensure, ensureSame } from "../engine/target.ts";

/** Certificates and requests for them, in DER and as PEM. */
export const target = bytesTarget({
  seeds: [
    Buffer.from(CERTIFICATE),
    Buffer.from(EC_REQUEST + ED25519_REQUEST),
    ...[CERTIFICATE, EC_REQUEST, ED25519_REQUEST, RSA_REQUEST].flatMap((pem) =>
      readPemBlocks(pem).map(({ bytes }) => bytes),
    ),
  ],
  dictionary: [
    "-----BEGIN CERTIFICATE-----\n",
    "-----END CERTIFICATE-----\n",
    "0\u0082",
    "0\u0080",
    "\u0006\u0003\u0055\u0004\u0003",
    "=",
    "Proc-Type: 4\n",
  ],
  refusals: [Asn1Error],
  open: () => (bytes) => {
    const found = countCertificates(bytes);
    if ("count" in found) {
      const twice = countCertificates(Buffer.concat([bytes, bytes]));
      ensureSame(twice, { count: found.count * 2 }, "Certificates may stand one behind the other");
    }
    const pem = bytes.toString();
    for (const block of readPemBlocks(pem)) {
      ensure(block.bytes.length <= pem.length, "There is no more in a block than in its text");
      attempt([Asn1Error], () => parseCertificateRequest(block.bytes));
    }
    inspectCredential({ certificate: pem, key: pem }, pem);
    const request = parseCertificateRequest(bytes);
    return () => {
      ensure(request.signed.length < bytes.length, "A request has more than what is signed");
      ensureSame(parseCertificateRequest(Buffer.from(bytes)), request, "A request is the same every time");
    };
  },
});
