import { mountContent } from "./content-volume.ts";
import { downwardPayload } from "./payload.ts";
import type { VolumePlugin } from "./volume-plugin.ts";

/** Fields of the pod as files, kept up to date. */
export const downwardAPI: VolumePlugin = {
  directoryName: "kubernetes.io~downward-api",
  supports: (volume) => volume.downwardAPI !== undefined,
  mount: (request, host) => {
    const { items = [], defaultMode } = request.volume.downwardAPI ?? {};
    const payload = downwardPayload(request.pod, items, {
      allocatable: host.allocatable(),
      ...(defaultMode !== undefined && { defaultMode }),
    });
    return mountContent(request, host, payload, { inMemory: true });
  },
};
