import type { ConfigMap, Namespace } from "#api/generated/core-v1.ts";
import { semanticallyEqual } from "#api/validation/equality.ts";
import type { Changing } from "#base/changing.ts";
import type { Plan } from "#reconcile/action.ts";
import { type Controller, defineController } from "#reconcile/controller.ts";

/** Where pods find the authority of the API server. */
const NAME = "kube-root-ca.crt";
const DESCRIPTION = "kubernetes.io/description";

/** The text that every Kubernetes cluster has there. */
const DESCRIPTION_TEXT =
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

export interface RootCAView {
  readonly namespace: Namespace;
  readonly configMap: ConfigMap | undefined;
  /** Certificates in PEM. */
  readonly rootCA: string;
}

/** Publishes the certificates of the cluster's authority, in PEM, to every namespace. */
export function rootCAController(rootCA: Changing<string>): Controller<RootCAView> {
  return defineController<RootCAView>({
    name: "root-ca-certificate-publisher",
    account: "root-ca-cert-publisher",
    primary: "Namespace",
    watches: [
      { kind: "Namespace", wakes: "itself" },
      {
        kind: "ConfigMap",
        wakes: ({ metadata }) =>
          metadata.name === NAME ? [{ namespace: "", name: metadata.namespace ?? "" }] : [],
      },
    ],
    follows: rootCA.onChange,
    writes: ["ConfigMap"],
    observe: ({ name }, caches) => {
      const namespace = caches.get("Namespace", "", name);
      const configMap = caches.get("ConfigMap", name, NAME);
      return namespace && { namespace, configMap, rootCA: rootCA.current() };
    },
    plan: planRootCA,
  });
}

export function planRootCA({ namespace, configMap, rootCA }: RootCAView): Plan {
  if (namespace.status?.phase !== "Active") return { actions: [] };
  const data = { "ca.crt": rootCA };
  if (configMap === undefined) {
    const metadata = {
      name: NAME,
      namespace: namespace.metadata.name,
      annotations: { [DESCRIPTION]: DESCRIPTION_TEXT },
    };
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata, data };
    return { actions: [{ type: "create", object }] };
  }
  // Whoever describes it otherwise may keep that.
  const isDescribed = (configMap.metadata.annotations?.[DESCRIPTION] ?? "") !== "";
  if (isDescribed && semanticallyEqual(configMap.data, data)) return { actions: [] };
  const annotations = { ...configMap.metadata.annotations, [DESCRIPTION]: DESCRIPTION_TEXT };
  const updated: ConfigMap = { ...configMap, metadata: { ...configMap.metadata, annotations }, data };
  return { actions: [{ type: "update", object: updated }] };
}
