import type { ClusterTrustBundle } from "#api/generated/certificates-v1beta1.ts";
import { isHousekeeping } from "../../../authorization/is-housekeeping.ts";
import { defineAdmissionPlugin } from "../../admission-plugin.ts";
import { refuse } from "../../refuse.ts";
import { mayActForSigner } from "./signer-rights.ts";

/** Who publishes certificates as those of a signer may attest for it. */
export const clusterTrustBundleAttestPlugin = defineAdmissionPlugin({
  name: "ClusterTrustBundleAttest",
  operations: ["CREATE", "UPDATE"],
  resources: ["clustertrustbundles.certificates.k8s.io"],
  validate: async (request, environment) => {
    // An update cannot change the signer.
    const next = request.object as ClusterTrustBundle;
    const { signerName = "" } = next.spec;
    if (signerName === "") return undefined;
    const previous = request.oldObject as ClusterTrustBundle | undefined;
    if (previous !== undefined && isHousekeeping(next, previous)) return undefined;
    return (await mayActForSigner(request, environment, "attest", signerName))
      ? undefined
      : refuse(request, `user not permitted to attest for signerName "${signerName}"`);
  },
});
