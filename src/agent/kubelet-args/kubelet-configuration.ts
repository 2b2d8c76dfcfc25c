import type { ComponentConfiguration } from "../configuration/component-configuration.ts";
import { FIELDS } from "./configuration-fields.ts";
import type { KubeletArgs } from "./kubelet-args.ts";
import { REFUSED_FIELDS, REFUSED_FLAGS } from "./refused-flags.ts";
import { TAKEN_FIELDS, TAKEN_FLAGS } from "./taken-flags.ts";

export const KUBELET_CONFIGURATION: ComponentConfiguration<KubeletArgs> = {
  apiVersion: "kubelet.config.k8s.io/v1beta1",
  kind: "KubeletConfiguration",
  fields: FIELDS,
  settings: { ...TAKEN_FLAGS, ...TAKEN_FIELDS },
  refusals: { ...REFUSED_FLAGS, ...REFUSED_FIELDS },
};
