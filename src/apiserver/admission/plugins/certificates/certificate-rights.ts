import type { CertificateSigningRequest } from "#api/generated/certificates-v1.ts";
import { semanticallyEqual } from "#api/validation/equality.ts";
import type { StatusError } from "#apimachinery/status-error.ts";
import {
  type AdmissionEnvironment,
  type AdmissionRequest,
  defineAdmissionPlugin,
} from "../../admission-plugin.ts";
import { refuse } from "../../refuse.ts";
import { mayActForSigner } from "./signer-rights.ts";

/** Who approves a request for a certificate may do so for its signer. */
export const certificateApprovalPlugin = defineAdmissionPlugin({
  name: "CertificateApproval",
  operations: ["UPDATE"],
  resources: ["certificatesigningrequests.certificates.k8s.io/approval"],
  validate: (request, environment) => refuseOthers(request, environment, "approve"),
});

/** Who issues a certificate, or says that there will be none, may sign for the signer. */
export const certificateSigningPlugin = defineAdmissionPlugin({
  name: "CertificateSigning",
  operations: ["UPDATE"],
  resources: ["certificatesigningrequests.certificates.k8s.io/status"],
  validate: (request, environment) => {
    const [next, previous] = [request.object, request.oldObject].map(
      (each) => (each as CertificateSigningRequest).status,
    );
    const isKept =
      next?.certificate === previous?.certificate &&
      semanticallyEqual(next?.conditions, previous?.conditions);
    return isKept ? undefined : refuseOthers(request, environment, "sign");
  },
});

/** The signer is that of the stored request, whatever the update says. */
async function refuseOthers(
  request: AdmissionRequest,
  environment: AdmissionEnvironment,
  verb: "approve" | "sign",
): Promise<StatusError | undefined> {
  const { signerName } = (request.oldObject as CertificateSigningRequest).spec;
  return (await mayActForSigner(request, environment, verb, signerName))
    ? undefined
    : refuse(request, `user not permitted to ${verb} requests with signerName "${signerName}"`);
}
