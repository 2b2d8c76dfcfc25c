/** Names of trust bundles (upstream pkg/apis/core/validation/names.go). */
import { checkSubdomainName } from "../../validation/names.ts";

/** The messages of what is wrong with the name of a bundle of a signer, or of nobody's where that is empty. */
export function checkTrustBundleName(name: string, signerName: string, isPrefix: boolean): readonly string[] {
  if (signerName === "") {
    return name.includes(":")
      ? ['ClusterTrustBundle without signer name must not have ":" in its name']
      : checkSubdomainName(name, isPrefix);
  }
  const prefix = `${signerName.replaceAll("/", ":")}:`;
  return name.startsWith(prefix)
    ? checkSubdomainName(name.slice(prefix.length), isPrefix)
    : [`ClusterTrustBundle for signerName ${signerName} must be named with prefix ${prefix}`];
}

/** The same for a name alone: what stands before its last colon is the signer. */
export function checkAnyTrustBundleName(name: string): readonly string[] {
  const end = name.lastIndexOf(":");
  const signerName = end < 0 ? "" : name.slice(0, end).replaceAll(":", "/");
  return checkTrustBundleName(name, signerName, false);
}
