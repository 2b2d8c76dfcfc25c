import type { ClusterTrustBundle } from "#api/generated/certificates-v1beta1.ts";
import type { Changing } from "#base/changing.ts";
import type { Action, Plan } from "#reconcile/action.ts";
import { type Controller, defineController } from "#reconcile/controller.ts";

/** Whose certificates these are: the authority of the API server's own. */
const SIGNER = "kubernetes.io/kube-apiserver-serving";
/** There is one bundle to publish, and the key is a namespace that every cluster has. */
const KEY = "kube-system";
const HASH_LENGTH = 24;

export interface TrustBundleView {
  /** All bundles of the signer. */
  readonly bundles: readonly ClusterTrustBundle[];
  /** Certificates in PEM. */
  readonly rootCA: string;
}

/** Publishes the certificates of the cluster's authority (kube-controller-manager `pkg/controller/certificates`). */
export function trustBundlePublisher(rootCA: Changing<string>): Controller<TrustBundleView> {
  const name = "kube-apiserver-serving-clustertrustbundle-publisher";
  return defineController<TrustBundleView>({
    name,
    account: name,
    primary: "Namespace",
    watches: [
      { kind: "Namespace", wakes: "itself", when: ({ metadata }) => metadata.name === KEY },
      {
        kind: "ClusterTrustBundle",
        wakes: (bundle) => (isOfSigner(bundle) ? [{ namespace: "", name: KEY }] : []),
      },
    ],
    follows: rootCA.onChange,
    writes: ["ClusterTrustBundle"],
    observe: (ref, caches) =>
      ref.name === KEY
        ? { bundles: caches.list("ClusterTrustBundle").filter(isOfSigner), rootCA: rootCA.current() }
        : undefined,
    plan: planTrustBundle,
  });
}

/** The bundle is named after its contents, so that those who read the one before are not surprised. */
export function planTrustBundle({ bundles, rootCA }: TrustBundleView): Plan {
  const name = bundleName(rootCA);
  const present = bundles.find(({ metadata }) => metadata.name === name);
  const outdated = bundles.filter((bundle) => bundle !== present);
  return { actions: [...publish(present, name, rootCA), ...outdated.map(remove)] };
}

function publish(present: ClusterTrustBundle | undefined, name: string, rootCA: string): readonly Action[] {
  const spec = { signerName: SIGNER, trustBundle: rootCA };
  if (present === undefined) {
    const object = {
      apiVersion: "certificates.k8s.io/v1beta1",
      kind: "ClusterTrustBundle",
      metadata: { name },
      spec,
    };
    return [{ type: "create", object }];
  }
  if (present.spec.trustBundle === rootCA) return [];
  const updated: ClusterTrustBundle = { ...present, spec };
  return [{ type: "update", object: updated }];
}

function remove({ metadata: { name, uid } }: ClusterTrustBundle): Action {
  return { type: "delete", target: { kind: "ClusterTrustBundle", namespace: "", name }, uid };
}

function isOfSigner({ spec }: ClusterTrustBundle): boolean {
  return spec.signerName === SIGNER;
}

function bundleName(rootCA: string): string {
  const hash = new Bun.CryptoHasher("sha256").update(rootCA).digest("hex");
  return `${SIGNER.replaceAll("/", ":")}:${hash.slice(0, HASH_LENGTH)}`;
}
