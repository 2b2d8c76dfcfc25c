import { mountContent } from "./content-volume.ts";
import { secretPayload } from "./payload.ts";
import type { VolumePlugin } from "./volume-plugin.ts";

/** The keys of a Secret as files in memory, kept up to date. */
export const secret: VolumePlugin = {
  directoryName: "kubernetes.io~secret",
  supports: (volume) => volume.secret !== undefined,
  mount: (request, host) => {
    const { secretName = "", ...options } = request.volume.secret ?? {};
    const object = host.objects.secret(request.pod.metadata.namespace ?? "", secretName);
    return mountContent(request, host, secretPayload(object, secretName, options), { inMemory: true });
  },
};
