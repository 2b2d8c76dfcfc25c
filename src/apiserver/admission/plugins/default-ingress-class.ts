import type { Ingress } from "#api/generated/networking-v1.ts";
import { INGRESS_CLASS_ANNOTATION } from "#api/networking/v1/ingress.validation.ts";
import { DEFAULT_CLASS_ANNOTATION } from "#api/networking/v1/ingressclass.ts";
import { defineAdmissionPlugin } from "../admission-plugin.ts";
import { newestDefault } from "../newest-default.ts";

/** Gives new Ingresses that name no class the default one. */
export const defaultIngressClassPlugin = defineAdmissionPlugin({
  name: "DefaultIngressClass",
  operations: ["CREATE"],
  resources: ["ingresses.networking.k8s.io"],
  mutate: ({ object }, { cluster }) => {
    const ingress = object as Ingress;
    const { metadata, spec } = ingress;
    if (
      metadata.annotations?.[INGRESS_CLASS_ANNOTATION] !== undefined ||
      spec?.ingressClassName !== undefined
    ) {
      return undefined;
    }
    const found = newestDefault(cluster.list("IngressClass"), [DEFAULT_CLASS_ANNOTATION]);
    return found && { ...ingress, spec: { ...spec, ingressClassName: found.metadata.name } };
  },
});
