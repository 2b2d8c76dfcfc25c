import { chmod, mkdir } from "node:fs/promises";
import { podLimits } from "#api/core/v1/pod-resources.ts";
import type { EmptyDirVolumeSource, Pod } from "#api/generated/core-v1.ts";
import { parseQuantity, quantityValue } from "#apimachinery/quantity.ts";
import type { Amounts } from "../containers/resource-value.ts";
import { giveToGroup } from "./ownership.ts";
import { VolumeError } from "./volume-error.ts";
import type { VolumePlugin } from "./volume-plugin.ts";

/** Everybody in the pod may write. */
const MODE = 0o777;

/** A directory that lives as long as the pod, on disk or in memory (`pkg/volume/emptydir`). */
export const emptyDir: VolumePlugin = {
  directoryName: "kubernetes.io~empty-dir",
  supports: (volume) => volume.emptyDir !== undefined,
  mount: async ({ pod, volume, directory }, { mounter, allocatable }) => {
    const { medium = "", ...source } = volume.emptyDir ?? {};
    if (medium !== "" && medium !== "Memory") {
      throw VolumeError.unavailable(`unknown storage medium ${JSON.stringify(medium)}`);
    }
    await mkdir(directory, { recursive: true });
    const isMounted = (await mounter.mountPointsBelow(directory)).includes(directory);
    if (medium === "Memory" && !isMounted) {
      await mounter.mountTmpfs(directory, memorySize(pod, source, allocatable()));
    }
    if (medium === "") await chmod(directory, MODE);
    const { fsGroup } = pod.spec.securityContext ?? {};
    if (fsGroup !== undefined) await giveToGroup(directory, fsGroup, false);
    return { hostPath: directory, isReadOnly: false };
  },
};

/** At most what the volume asks for, what the pod may use, and what the node has. */
function memorySize(pod: Pod, { sizeLimit }: EmptyDirVolumeSource, allocatable: Amounts): number | undefined {
  const podLimit = podLimits(pod).get("memory");
  const sizes = [
    sizeLimit === undefined ? 0 : quantityValue(parseQuantity(sizeLimit)),
    podLimit === undefined ? 0 : quantityValue(podLimit),
    quantityValue(parseQuantity(allocatable["memory"] ?? "0")),
  ].filter((size) => size > 0);
  return sizes.length === 0 ? undefined : Math.min(...sizes);
}
