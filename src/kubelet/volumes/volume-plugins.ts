import { configMap } from "./config-map.ts";
import { downwardAPI } from "./downward-api.ts";
import { emptyDir } from "./empty-dir.ts";
import { hostPath } from "./host-path.ts";
import { projected } from "./projected.ts";
import { secret } from "./secret.ts";
import type { VolumePlugin } from "./volume-plugin.ts";

/** The kinds of volumes that this kubelet has. */
export const volumePlugins: readonly VolumePlugin[] = [
  configMap,
  downwardAPI,
  emptyDir,
  hostPath,
  projected,
  secret,
];
