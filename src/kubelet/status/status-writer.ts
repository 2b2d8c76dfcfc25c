import { isPodTerminal } from "#api/core/v1/pod-status.ts";
import type { Pod, PodStatus } from "#api/generated/core-v1.ts";
import { compareResourceVersions, isResourceVersion } from "#apimachinery/resource-version.ts";
import { isNotFound } from "#apimachinery/status-error.ts";
import type { Clock } from "#base/clock.ts";
import { exponentialPerItem } from "#base/rate-limiter.ts";
import { TaskGroup } from "#base/task-group.ts";
import { WorkQueue } from "#base/work-queue.ts";
import type { Client } from "#client/client.ts";
import type { Logger } from "#observability/logger.ts";
import { isMirrorPod } from "../pod/pod-origin.ts";
import { statusPatch } from "./status-patch.ts";

export interface StatusWriterDependencies {
  readonly client: Pick<Client, "patch" | "delete">;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Entry {
  /** The pod as the API has it, as far as is known; of a static pod its mirror, if there is one. */
  api: Pod | undefined;
  wanted: PodStatus;
  /** Nothing of the pod is left on this node. */
  isFinished: boolean;
}

/** So many statuses are written at once. */
const WORKERS = 4;
const RETRY = { baseMs: 200, maxMs: 30_000 };

/**
 * Writes the statuses of pods, each when it has changed, and deletes pods for good that are being deleted and of which
 * nothing is left (`status/status_manager.go`).
 */
export class StatusWriter implements AsyncDisposable {
  readonly #dependencies: StatusWriterDependencies;
  readonly #entries = new Map<string, Entry>();
  readonly #queue: WorkQueue<string>;
  readonly #tasks: TaskGroup;

  constructor(dependencies: StatusWriterDependencies) {
    const { clock, logger } = dependencies;
    this.#dependencies = dependencies;
    this.#queue = new WorkQueue({ clock, rateLimiter: exponentialPerItem(RETRY) });
    this.#tasks = new TaskGroup((error) => logger.error("Stopped writing statuses", { error }));
    for (let worker = 0; worker < WORKERS; worker += 1) this.#tasks.run((signal) => this.#run(signal));
  }

  /** The status that was made last for a pod, written or not. */
  last(podUid: string): PodStatus | undefined {
    return this.#entries.get(podUid)?.wanted;
  }

  /**
   * Takes the status of a pod. `api` is the pod as the API has it: of a static pod its mirror, without which the status
   * is only remembered. When nothing of the pod is left (`isFinished`) and it is being deleted, it is deleted for good.
   */
  set(podUid: string, api: Pod | undefined, wanted: PodStatus, isFinished: boolean): void {
    const known = this.#entries.get(podUid)?.api;
    const isKnownNewer = known !== undefined && (api === undefined || isOlder(api, known));
    this.#entries.set(podUid, { api: isKnownNewer ? known : api, wanted, isFinished });
    this.#queue.add(podUid);
  }

  /** The pod has changed in the API; its status stays. */
  update(podUid: string, api: Pod): void {
    const entry = this.#entries.get(podUid);
    if (entry !== undefined) this.set(podUid, api, entry.wanted, entry.isFinished);
  }

  forget(podUid: string): void {
    this.#entries.delete(podUid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#queue[Symbol.dispose]();
    await this.#tasks[Symbol.asyncDispose]();
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let uid = await this.#queue.take(); uid !== undefined; uid = await this.#queue.take()) {
      try {
        await this.#write(uid, signal);
        this.#queue.forget(uid);
      } catch (error) {
        if (signal.aborted) return;
        this.#dependencies.logger.warn("Could not write pod status", { podUid: uid, error });
        this.#queue.addRateLimited(uid);
      } finally {
        this.#queue.done(uid);
      }
    }
  }

  async #write(uid: string, signal: AbortSignal): Promise<void> {
    const entry = this.#entries.get(uid);
    if (entry?.api === undefined) return;
    try {
      const pod = await this.#patch(entry.api, entry.wanted, signal);
      entry.api = pod;
      if (this.#mayDelete(entry, pod)) await this.#delete(pod, signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      // Nobody is left to be told.
      this.#entries.delete(uid);
    }
  }

  async #patch(api: Pod, wanted: PodStatus, signal: AbortSignal): Promise<Pod> {
    const status = statusPatch(api.status ?? {}, wanted);
    if (status === undefined) return api;
    const { name, namespace = "", uid } = api.metadata;
    const patch = {
      type: "strategic",
      document: { metadata: { uid }, status },
      subresource: "status",
    } as const;
    return this.#dependencies.client.patch("Pod", { namespace, name }, patch, { signal });
  }

  #mayDelete({ isFinished }: Entry, pod: Pod): boolean {
    return (
      isFinished && pod.metadata.deletionTimestamp !== undefined && isPodTerminal(pod) && !isMirrorPod(pod)
    );
  }

  async #delete({ metadata }: Pod, signal: AbortSignal): Promise<void> {
    const { name, namespace = "", uid } = metadata;
    const options = { gracePeriodSeconds: 0, preconditions: { uid }, signal };
    await this.#dependencies.client.delete("Pod", { namespace, name }, options);
  }
}

function isOlder(a: Pod, b: Pod): boolean {
  const [versionA = "", versionB = ""] = [a, b].map(({ metadata }) => metadata.resourceVersion);
  const isComparable = isResourceVersion(versionA) && isResourceVersion(versionB);
  return isComparable && compareResourceVersions(versionA, versionB) < 0;
}
