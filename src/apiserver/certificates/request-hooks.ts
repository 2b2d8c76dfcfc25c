import { readCertificateRequest } from "#api/certificates/v1/certificatesigningrequest.validation.ts";
import type { CertificateSigningRequest } from "#api/generated/certificates-v1.ts";
import { Asn1Error } from "#api/validation/asn1.ts";
import { type FieldError, invalid } from "#apimachinery/field-error.ts";
import type { WriteHooks } from "../verbs/write-hooks.ts";
import { signatureProblem } from "./check-signature.ts";

/** Who asks for a certificate must have the key that it is for. */
export const signingRequestHooks: WriteHooks = {
  // Keys of signing requests hold nothing else.
  validate: (next) => validateSignature(next as CertificateSigningRequest),
};

function validateSignature({ spec: { request } }: CertificateSigningRequest): readonly FieldError[] {
  const problem = problemOf(request);
  return problem === undefined ? [] : [invalid("spec.request", request, problem)];
}

/** What cannot be read is reported by the kind. */
function problemOf(text: string): string | undefined {
  try {
    const request = readCertificateRequest(text);
    return request && signatureProblem(request);
  } catch (error) {
    if (error instanceof Asn1Error) return undefined;
    throw error;
  }
}
