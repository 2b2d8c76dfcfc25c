import { chmod, mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { podLimits } from "#api/core/v1/pod-resources.ts";
import type { EmptyDirVolumeSource, Pod } from "#api/generated/core-v1.ts";
import { parseQuantity, quantityValue } from "#apimachinery/quantity.ts";
import type { Amounts } from "../containers/resource-value.ts";
import { giveToGroup } from "./ownership.ts";
import { VolumeError } from "./volume-error.ts";
import type { MountedVolume, VolumePlugin } from "./volume-plugin.ts";

/** Everybody in the pod may write. */
const MODE = 0o777;
const READY = "ready";

/** A directory that lives as long as the pod, on disk or in memory (`pkg/volume/emptydir`). */
export const emptyDir: VolumePlugin = {
  directoryName: "kubernetes.io~empty-dir",
  supports: (volume) => volume.emptyDir !== undefined,
  mount: async ({ pod, volume, directory, notes }, { mounter, allocatable }) => {
    const { medium = "", ...source } = volume.emptyDir ?? {};
    if (medium !== "" && medium !== "Memory") {
      throw VolumeError.unavailable(`unknown storage medium ${JSON.stringify(medium)}`);
    }
    const mounted: MountedVolume = { hostPath: directory, isReadOnly: false };
    await mkdir(directory, { recursive: true });
    const isMounted = medium === "" || (await mounter.mountPointsBelow(directory)).includes(directory);
    // What containers have made of it since stays.
    if (isMounted && (await isReady(notes))) return mounted;
    if (!isMounted) await mounter.mountTmpfs(directory, memorySize(pod, source, allocatable()));
    if (medium === "") await chmod(directory, MODE);
    const { fsGroup } = pod.spec.securityContext ?? {};
    if (fsGroup !== undefined) await giveToGroup(directory, fsGroup, false);
    await setReady(notes);
    return mounted;
  },
};

/** `volume/util.IsReady`: the volume is as its pod has got it. */
async function isReady(notes: string): Promise<boolean> {
  return stat(join(notes, READY)).then(
    () => true,
    () => false,
  );
}

async function setReady(notes: string): Promise<void> {
  await mkdir(notes, { recursive: true, mode: 0o750 });
  await writeFile(join(notes, READY), "");
}

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
