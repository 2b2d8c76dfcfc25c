import type { ClusterTrustBundle } from "#api/generated/certificates-v1beta1.ts";
import type { ClusterTrustBundleProjection } from "#api/generated/core-v1.ts";
import { readPemBlocks } from "#api/validation/pem.ts";
import { compileLabelSelector } from "#apimachinery/selectors/label-selector.ts";
import { VolumeError } from "./volume-error.ts";

/** The trust bundles that pods refer to, as they are now. */
export interface TrustBundles {
  /** Undefined for one that does not exist. Throws a VolumeError while that is not known. */
  trustBundle(name: string): ClusterTrustBundle | undefined;
  /** All of a signer; as above. */
  trustBundlesOf(signerName: string): readonly ClusterTrustBundle[];
}

const LINE_LENGTH = 64;

/**
 * The certificates that a projection means, each once, in PEM (`pkg/kubelet/clustertrustbundle`). They are
 * always in the same order. Throws a VolumeError where there are none.
 */
export function trustAnchors(
  { name, signerName = "", labelSelector, optional = false }: ClusterTrustBundleProjection,
  bundles: TrustBundles,
): string {
  if (name !== undefined) {
    const bundle = bundles.trustBundle(name);
    if (bundle !== undefined) return normalized([bundle]);
    if (optional) return "";
    const missing = `clustertrustbundle.certificates.k8s.io ${JSON.stringify(name)} not found`;
    throw VolumeError.unavailable(`while getting ClusterTrustBundle: ${missing}`);
  }
  const { matches } = compileLabelSelector(labelSelector);
  const selected = bundles
    .trustBundlesOf(signerName)
    .filter(({ metadata }) => matches(metadata.labels ?? {}));
  if (selected.length === 0 && !optional) {
    throw VolumeError.unavailable(
      "combination of signerName and labelSelector matched zero ClusterTrustBundles",
    );
  }
  return normalized(selected);
}

function normalized(bundles: readonly ClusterTrustBundle[]): string {
  const certificates = bundles.flatMap(({ spec }) =>
    readPemBlocks(spec.trustBundle).map(({ bytes }) => bytes.toBase64()),
  );
  return [...new Set(certificates)].toSorted().map(pemOf).join("");
}

function pemOf(base64: string): string {
  const lines = base64.match(new RegExp(`.{1,${String(LINE_LENGTH)}}`, "g")) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
