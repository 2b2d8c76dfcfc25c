import { mountContent } from "./content-volume.ts";
import { configMapPayload } from "./payload.ts";
import type { VolumePlugin } from "./volume-plugin.ts";

/** The keys of a ConfigMap as files, kept up to date. */
export const configMap: VolumePlugin = {
  directoryName: "kubernetes.io~configmap",
  supports: (volume) => volume.configMap !== undefined,
  mount: (request, host) => {
    const { name = "", ...options } = request.volume.configMap ?? {};
    const object = host.objects.configMap(request.pod.metadata.namespace ?? "", name);
    return mountContent(request, host, configMapPayload(object, name, options), { inMemory: false });
  },
};
