import { subjectValues } from "#api/certificates/v1/certificate-request.ts";
import { readCertificateRequest } from "#api/certificates/v1/certificatesigningrequest.validation.ts";
import type { CertificateSigningRequest } from "#api/generated/certificates-v1.ts";
import { Asn1Error } from "#api/validation/asn1.ts";
import type { StatusError } from "#apimachinery/status-error.ts";
import type { AdmissionRequest } from "../../admission-plugin.ts";
import { refuse } from "../../refuse.ts";

/** Those that sign what makes a kubelet of its holder. */
const KUBELET_SIGNERS: readonly string[] = [
  "kubernetes.io/kubelet-serving",
  "kubernetes.io/kube-apiserver-client-kubelet",
];

/** Why a node may not ask for a certificate: a kubelet's is for itself alone. */
export function refuseCertificateRequest(request: AdmissionRequest, node: string): StatusError | undefined {
  if (request.operation !== "CREATE") return undefined;
  const { signerName, request: wanted } = (request.object as CertificateSigningRequest).spec;
  if (!KUBELET_SIGNERS.includes(signerName)) return undefined;
  const own = `system:node:${node}`;
  try {
    return commonNameOf(wanted) === own
      ? undefined
      : refuse(request, `can only create a node CSR with CN=${own}`);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return refuse(request, `unable to parse csr: ${error.message}`);
  }
}

function commonNameOf(request: string): string | undefined {
  const found = readCertificateRequest(request);
  if (found === undefined) throw new Asn1Error("PEM block type must be CERTIFICATE REQUEST");
  return subjectValues(found, "commonName").at(-1);
}
