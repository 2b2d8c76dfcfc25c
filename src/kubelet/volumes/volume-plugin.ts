import type { Pod, Volume } from "#api/generated/core-v1.ts";
import type { ReferencedObjects } from "../containers/environment.ts";
import type { Amounts } from "../containers/resource-value.ts";
import type { Mounter } from "./mounter.ts";
import type { TokenSource } from "./service-account-tokens.ts";
import type { TrustBundles } from "./trust-anchors.ts";

/** One volume of one pod. */
export interface VolumeRequest {
  readonly pod: Pod;
  readonly volume: Volume;
  /** Where the volume may keep its files; it does not exist at first. */
  readonly directory: string;
  /** Where the plugin may note what it did; pods do not see it, and it does not exist at first. */
  readonly notes: string;
}

/** What volumes are made with. */
export interface VolumeHost {
  readonly mounter: Mounter;
  readonly objects: ReferencedObjects & TrustBundles;
  readonly tokens: TokenSource;
  /** What the node can give to pods. */
  readonly allocatable: () => Amounts;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A volume that containers can use. */
export interface MountedVolume {
  readonly hostPath: string;
  readonly isReadOnly: boolean;
  /** When its content must be made anew, though nothing it refers to has changed: milliseconds since the epoch. */
  readonly refreshAt?: number;
}

/** One kind of volume. All have this shape, and adding one is adding a value to the list of `volume-plugins.ts`. */
export interface VolumePlugin {
  /** Upstream's name, part of the path of its directories: `kubernetes.io~empty-dir`. */
  readonly directoryName: string;
  readonly supports: (volume: Volume) => boolean;
  /**
   * Prepares the volume, or brings its content up to date: it is called again whenever something that the pod refers to
   * has changed, and after a restart. Rejects with a VolumeError whose message is for the pod's owner.
   */
  readonly mount: (request: VolumeRequest, host: VolumeHost) => Promise<MountedVolume>;
}
