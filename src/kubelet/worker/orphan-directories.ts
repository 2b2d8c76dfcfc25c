import { readdir } from "node:fs/promises";
import type { PodServices } from "./pod-services.ts";

/**
 * Removes what is left on disk of pods that nobody knows: they were deleted while no kubelet was there to clean up
 * (`cleanupOrphanedPodDirs`).
 */
export async function removeOrphanDirectories(
  isKnown: (podUid: string) => boolean,
  { directories, volumes, cgroups, logger }: PodServices,
): Promise<void> {
  const uids = await readdir(directories.pods).catch(() => []);
  for (const uid of uids.filter((each) => !isKnown(each))) {
    try {
      await volumes.unmount(uid);
      await volumes.removePodDirectory(uid);
      await cgroups.remove(uid);
      logger.info("Removed what was left of a pod", { uid });
    } catch (error) {
      logger.warn("Could not remove what was left of a pod", { uid, error });
    }
  }
}
