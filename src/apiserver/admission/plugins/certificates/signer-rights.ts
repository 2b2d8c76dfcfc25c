import type { AdmissionEnvironment, AdmissionRequest } from "../../admission-plugin.ts";

/** Whether the sender may do something for a signer, or for all signers of its domain (upstream `pkg/certauthorization`). */
export async function mayActForSigner(
  { user }: AdmissionRequest,
  { authorizer }: AdmissionEnvironment,
  verb: "approve" | "attest" | "sign",
  signerName: string,
): Promise<boolean> {
  const [domain = ""] = signerName.split("/");
  for (const name of [signerName, `${domain}/*`]) {
    const { outcome } = await authorizer.authorize({
      type: "resource",
      user,
      verb,
      group: "certificates.k8s.io",
      version: "*",
      resource: "signers",
      subresource: "",
      namespace: "",
      name,
    });
    if (outcome === "allow") return true;
  }
  return false;
}
