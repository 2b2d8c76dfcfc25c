import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Pod, Volume } from "#api/generated/core-v1.ts";
import { Backoff, type BackoffOptions } from "#base/backoff.ts";
import type { Clock } from "#base/clock.ts";
import { abortable, onAbort } from "#base/disposable.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Logger } from "#observability/logger.ts";
import type { EventRecorder } from "#reconcile/event-recorder.ts";
import type { PodDirectories } from "./pod-directories.ts";
import { VolumeError } from "./volume-error.ts";
import type { MountedVolume, VolumeHost, VolumePlugin } from "./volume-plugin.ts";

export interface PodVolumesDependencies {
  readonly host: VolumeHost;
  readonly plugins: readonly VolumePlugin[];
  readonly directories: PodDirectories;
  /** Resolves once everything that the pod refers to is known. */
  readonly synced: (podUid: string) => Promise<void>;
  readonly events: EventRecorder;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
}

export type MountState = "absent" | "mounting" | "mounted";

interface PodMounts {
  pod: Pod;
  readonly volumes: Map<string, MountedVolume>;
  isReady: boolean;
  /** Changes with everything that asks for another look. */
  wanted: number;
  wake: () => void;
  readonly tasks: TaskGroup;
}

/** The delays of `goroutinemap/exponentialbackoff`. */
const BACKOFF: BackoffOptions = { initialMs: 500, maxMs: 122_000, factor: 2, jitter: 0 };

/** Prepares the volumes of pods, keeps their content up to date, and gives them back. */
export class PodVolumes implements AsyncDisposable {
  readonly #dependencies: PodVolumesDependencies;
  readonly #mounts = new Map<string, PodMounts>();
  readonly #onReady: (podUid: string) => void;

  /** `onReady` hears of each pod whose volumes have all become ready. */
  constructor(dependencies: PodVolumesDependencies, onReady: (podUid: string) => void) {
    this.#dependencies = dependencies;
    this.#onReady = onReady;
  }

  stateOf(podUid: string): MountState {
    const mounts = this.#mounts.get(podUid);
    if (mounts === undefined) return "absent";
    return mounts.isReady ? "mounted" : "mounting";
  }

  /** The volumes of a pod that are ready, by name. */
  volumesOf(podUid: string): ReadonlyMap<string, MountedVolume> {
    return this.#mounts.get(podUid)?.volumes ?? new Map();
  }

  /** Begins to prepare the volumes of a pod; tries until it succeeds. */
  mount(pod: Pod): void {
    const { uid } = pod.metadata;
    if (this.#mounts.has(uid)) {
      this.refresh(pod);
      return;
    }
    const { logger } = this.#dependencies;
    const tasks = new TaskGroup((error) => logger.error("Stopped preparing volumes", { pod: uid, error }));
    const mounts: PodMounts = {
      pod,
      volumes: new Map(),
      isReady: false,
      wanted: 1,
      wake: () => undefined,
      tasks,
    };
    this.#mounts.set(uid, mounts);
    tasks.run((signal) => this.#run(mounts, signal));
  }

  /** Brings the content of the pod's volumes up to date: the pod or something that it refers to has changed. */
  refresh(pod: Pod): void {
    const mounts = this.#mounts.get(pod.metadata.uid);
    if (mounts === undefined) return;
    mounts.pod = pod;
    mounts.wanted += 1;
    mounts.wake();
  }

  /** Ends all mounts of a pod and removes what its volumes kept. */
  async unmount(podUid: string): Promise<void> {
    await this.#mounts.get(podUid)?.tasks[Symbol.asyncDispose]();
    this.#mounts.delete(podUid);
    await this.#removeFiles(podUid, "volume-subpaths");
    await this.#removeFiles(podUid, "volumes");
    await this.#removeFiles(podUid, "plugins");
    this.#dependencies.host.tokens.forget(podUid);
  }

  /** Removes everything that is left of a pod on disk. */
  async removePodDirectory(podUid: string): Promise<void> {
    await this.#removeFiles(podUid, "");
  }

  /** Stops looking after the volumes, and leaves them as they are. */
  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.#mounts.values()];
    await Promise.all(all.map(({ tasks }) => tasks[Symbol.asyncDispose]()));
  }

  async #run(mounts: PodMounts, signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(BACKOFF, this.#dependencies);
    await abortable(this.#dependencies.synced(mounts.pod.metadata.uid), signal);
    while (!signal.aborted) {
      const { wanted } = mounts;
      const hasFailed = await this.#mountAll(mounts);
      if (!hasFailed) backoff.reset();
      if (!hasFailed && !mounts.isReady) {
        mounts.isReady = true;
        this.#onReady(mounts.pod.metadata.uid);
      }
      const until = hasFailed ? backoff.next() : this.#untilRefresh(mounts);
      if (mounts.wanted === wanted) await this.#pause(mounts, until, signal);
    }
  }

  /** Whether any volume could not be prepared. */
  async #mountAll(mounts: PodMounts): Promise<boolean> {
    let hasFailed = false;
    for (const volume of mounts.pod.spec.volumes ?? []) {
      try {
        mounts.volumes.set(volume.name, await this.#mountOne(mounts.pod, volume));
      } catch (error) {
        hasFailed = true;
        this.#report(mounts.pod, volume, error);
      }
    }
    return hasFailed;
  }

  async #mountOne(pod: Pod, volume: Volume): Promise<MountedVolume> {
    const { plugins, directories, host } = this.#dependencies;
    const plugin = plugins.find((each) => each.supports(volume));
    if (plugin === undefined) throw unsupported(pod, volume);
    const { uid } = pod.metadata;
    const directory = directories.volume(uid, plugin.directoryName, volume.name);
    const notes = directories.volumeNotes(uid, plugin.directoryName, volume.name);
    return plugin.mount({ pod, volume, directory, notes }, host);
  }

  #report(pod: Pod, { name }: Volume, error: unknown): void {
    const { events, logger } = this.#dependencies;
    const text = error instanceof Error ? error.message : String(error);
    const isUnsupported = error instanceof VolumeError && error.detail.code === "unsupported";
    const message = isUnsupported ? text : `MountVolume.SetUp failed for volume "${name}" : ${text}`;
    events.record(pod, { type: "Warning", reason: "FailedMount", message });
    logger.debug("Could not prepare volume", { pod: pod.metadata.name, volume: name, error });
  }

  #untilRefresh({ volumes }: PodMounts): number | undefined {
    const times = [...volumes.values()].flatMap(({ refreshAt }) => refreshAt ?? []);
    return times.length === 0 ? undefined : Math.max(0, Math.min(...times) - this.#dependencies.clock.now());
  }

  /** Until something has changed, the time is over, or the pod's volumes are given back. */
  async #pause(mounts: PodMounts, ms: number | undefined, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    mounts.wake = resolve;
    using _abort = onAbort(signal, resolve);
    using _timer = ms === undefined ? undefined : this.#dependencies.clock.after(ms, resolve);
    await promise;
  }

  /** What is mounted below must be gone first: its content belongs to somebody else. */
  async #removeFiles(podUid: string, part: string): Promise<void> {
    const path = join(this.#dependencies.directories.pod(podUid), part);
    const { mounter } = this.#dependencies.host;
    for (const point of await mounter.mountPointsBelow(path)) await mounter.unmount(point);
    const left = await mounter.mountPointsBelow(path);
    if (left.length > 0) throw VolumeError.unavailable(`still mounted: ${left.join(", ")}`);
    await rm(path, { recursive: true, force: true });
  }
}

/** In the words of the volume manager, which waits for volumes that it cannot process. */
function unsupported({ metadata: { namespace = "" } }: Pod, volume: Volume): VolumeError {
  const claim = volume.persistentVolumeClaim?.claimName;
  const [kind = "unknown"] = Object.keys(volume).filter((key) => key !== "name");
  const why =
    claim === undefined
      ? `no volume plugin matched name: kubernetes.io/${kind}`
      : `error processing PVC ${namespace}/${claim}: no volume plugin matched`;
  return new VolumeError(
    { code: "unsupported" },
    `Unable to attach or mount volumes: unmounted volumes=[${volume.name}], unattached volumes=[], failed to process volumes=[${volume.name}]: ${why}`,
  );
}
