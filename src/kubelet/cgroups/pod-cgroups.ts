import type { Pod } from "#api/generated/core-v1.ts";
import type { Logger } from "#observability/logger.ts";
import { PODS_CGROUP, podCgroup } from "../containers/pod-cgroup.ts";
import type { CgroupTree } from "./cgroup-files.ts";
import { burstableShares, type PodLimitSettings, podCgroupLimits } from "./pod-limits.ts";

const CLASSES = [PODS_CGROUP, `${PODS_CGROUP}/burstable`, `${PODS_CGROUP}/besteffort`];
/** The least that the kernel gives. */
const MIN_SHARES = 2;

/**
 * The control groups of pods and of their classes. Where systemd manages control groups there is no tree: containers
 * have their own limits there, pods as a whole have none.
 */
export class PodCgroups {
  readonly #limits: PodLimitSettings;
  readonly #tree: CgroupTree | undefined;
  readonly #logger: Logger;

  constructor(
    limits: PodLimitSettings,
    { tree, logger }: { readonly tree: CgroupTree | undefined; readonly logger: Logger },
  ) {
    this.#limits = limits;
    this.#tree = tree;
    this.#logger = logger;
  }

  /** Makes the group of a pod. A pod runs without limits of its own where that fails. */
  async ensure(pod: Pod): Promise<void> {
    await this.#try("Could not limit pod", pod.metadata.uid, async (tree) => {
      await tree.apply(podCgroup(pod), podCgroupLimits(pod, this.#limits));
    });
  }

  /** Gives all burstable pods together their share of the CPU. */
  async balance(pods: readonly Pod[]): Promise<void> {
    await this.#try("Could not share the CPU between pods", "", async (tree) => {
      await tree.apply(`${PODS_CGROUP}/burstable`, { cpuShares: burstableShares(pods) });
      await tree.apply(`${PODS_CGROUP}/besteffort`, { cpuShares: MIN_SHARES });
    });
  }

  /** Removes the group of a pod, of whatever class it was. */
  async remove(podUid: string): Promise<void> {
    await this.#try("Could not remove control group", podUid, async (tree) => {
      for (const parent of CLASSES) await tree.remove(`${parent}/pod${podUid}`);
    });
  }

  async #try(message: string, about: string, action: (tree: CgroupTree) => Promise<void>): Promise<void> {
    try {
      if (this.#tree !== undefined) await action(this.#tree);
    } catch (error) {
      this.#logger.warn(message, { about, error });
    }
  }
}
