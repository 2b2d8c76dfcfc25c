import { subjectValues } from "#api/certificates/v1/certificate-request.ts";
import { readCertificateRequest } from "#api/certificates/v1/certificatesigningrequest.validation.ts";
import type { CertificateSigningRequest } from "#api/generated/certificates-v1.ts";
import { PRIVILEGED_GROUP } from "#apimachinery/user.ts";
import { defineAdmissionPlugin } from "../../admission-plugin.ts";
import { refuse } from "../../refuse.ts";

const SIGNER = "kubernetes.io/kube-apiserver-client";

/** Nobody gets a certificate by request that makes them a member of the group that may do everything. */
export const certificateSubjectRestrictionPlugin = defineAdmissionPlugin({
  name: "CertificateSubjectRestriction",
  operations: ["CREATE"],
  resources: ["certificatesigningrequests.certificates.k8s.io"],
  validate: (request) => {
    const { spec } = request.object as CertificateSigningRequest;
    if (spec.signerName !== SIGNER) return undefined;
    const wanted = readCertificateRequest(spec.request);
    const groups = wanted === undefined ? [] : subjectValues(wanted, "organization");
    return groups.includes(PRIVILEGED_GROUP)
      ? refuse(request, `use of ${SIGNER} signer with ${PRIVILEGED_GROUP} group is not allowed`)
      : undefined;
  },
});
