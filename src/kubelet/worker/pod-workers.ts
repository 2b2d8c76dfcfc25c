import { isPodTerminal } from "#api/core/v1/pod-status.ts";
import type { Node, Pod } from "#api/generated/core-v1.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { RuntimeEntity } from "#container/runtime.ts";
import { admitPod } from "../admission/admit-pod.ts";
import type { Rejection } from "../admission/rejection.ts";
import { isStaticPod } from "../pod/pod-origin.ts";
import { formatPod } from "../pod/pod-text.ts";
import { rejectedStatus } from "../status/rejected-status.ts";
import type { PodServices } from "./pod-services.ts";
import { PodWorker } from "./pod-worker.ts";

/** What happens to a pod that cannot be cleaned up: it is tried again after this time. */
const RETRY_MS = 5000;

/** The workers of all pods of this node, by uid. */
export class PodWorkers implements AsyncDisposable {
  readonly #services: PodServices;
  /** The node as far as it is known, against which pods are admitted. */
  readonly #node: () => Node;
  readonly #workers = new Map<string, PodWorker>();
  readonly #rejections = new Map<string, Rejection>();
  /** Static pods whose name an earlier pod still has. */
  readonly #held = new Map<string, Pod>();
  readonly #tasks: TaskGroup;

  constructor(services: PodServices, node: () => Node) {
    this.#services = services;
    this.#node = node;
    this.#tasks = new TaskGroup((error) => services.logger.error("Pod worker ended", { error }));
  }

  /** The pods of the node that have not ended. */
  get activePods(): readonly Pod[] {
    return [...this.#workers.values()]
      .map(({ pod }) => pod)
      .filter(
        (pod) => !isPodTerminal({ ...pod, status: this.#services.statuses.last(pod.metadata.uid) ?? {} }),
      );
  }

  get(podUid: string): PodWorker | undefined {
    return this.#workers.get(podUid);
  }

  /** The pods that are known, whatever becomes of them. */
  get uids(): ReadonlySet<string> {
    return new Set([...this.#workers.keys(), ...this.#rejections.keys(), ...this.#held.keys()]);
  }

  has(podUid: string): boolean {
    return this.#workers.has(podUid) || this.#rejections.has(podUid) || this.#held.has(podUid);
  }

  /** Takes a pod of the node, new or changed. */
  update(pod: Pod): void {
    const { uid } = pod.metadata;
    const rejection = this.#rejections.get(uid);
    const worker = this.#workers.get(uid);
    if (rejection !== undefined) this.#reject(pod, rejection);
    else if (worker !== undefined) this.#updateWorker(worker, pod);
    else this.#add(pod);
  }

  /** The pod is gone from its source: everything of it must go. */
  remove(podUid: string): void {
    this.#held.delete(podUid);
    if (this.#rejections.delete(podUid)) this.#services.statuses.forget(podUid);
    const worker = this.#workers.get(podUid);
    if (worker === undefined) return;
    worker.remove();
    if (worker.isFinished) this.#discard(worker);
  }

  /** Something may have happened to a pod. */
  poke(podUid: string): void {
    this.#workers.get(podUid)?.poke();
  }

  pokeAll(): void {
    for (const worker of this.#workers.values()) worker.poke();
  }

  /** Stops and removes what the runtime has of pods that nobody knows. */
  adoptOrphans(entities: readonly RuntimeEntity[]): void {
    const { nodeName } = this.#services.node;
    for (const { pod } of entities) {
      if (this.has(pod.uid)) continue;
      const { name, namespace, uid } = pod;
      this.#services.logger.info("Found containers of a pod that no longer exists", {
        pod: name,
        namespace,
        uid,
      });
      const stray: Pod = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace, uid },
        spec: { containers: [], nodeName },
      };
      this.#start(stray).remove();
    }
  }

  /** Stops the workers and leaves the pods as they are. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]();
  }

  #updateWorker(worker: PodWorker, pod: Pod): void {
    worker.update(pod);
    // Nobody runs the pod any more, but whether it is being deleted is new.
    if (worker.isFinished) this.#services.statuses.update(pod.metadata.uid, pod);
  }

  #add(pod: Pod): void {
    if (isStaticPod(pod) && this.#isNameTaken(pod)) {
      this.#held.set(pod.metadata.uid, pod);
      return;
    }
    const rejection = this.#admit(pod);
    if (rejection === undefined) {
      this.#start(pod);
      void this.#services.cgroups.balance(this.activePods);
      return;
    }
    const { reason, message } = rejection;
    this.#services.events.record(pod, { type: "Warning", reason, message });
    this.#rejections.set(pod.metadata.uid, rejection);
    this.#reject(pod, rejection);
  }

  /** A pod that was here before, or has ended, is not asked again. */
  #admit(pod: Pod): Rejection | undefined {
    const status = this.#services.node.apiPodOf(pod)?.status ?? pod.status;
    const wasAdmitted = (status?.startTime ?? null) !== null;
    const isLeaving = isPodTerminal(pod) || pod.metadata.deletionTimestamp !== undefined;
    if (wasAdmitted || isLeaving) return undefined;
    return admitPod({
      pod,
      node: this.#node(),
      others: this.activePods,
      settings: this.#services.node.settings,
    });
  }

  #reject(pod: Pod, rejection: Rejection): void {
    const { statuses, clock } = this.#services;
    statuses.set(pod.metadata.uid, pod, rejectedStatus(pod, rejection, clock.now()), true);
  }

  #isNameTaken({ metadata: { namespace, name, uid } }: Pod): boolean {
    return [...this.#workers.values()].some(
      ({ pod }) =>
        pod.metadata.uid !== uid && pod.metadata.name === name && pod.metadata.namespace === namespace,
    );
  }

  #start(pod: Pod): PodWorker {
    const worker = new PodWorker(pod, this.#services);
    this.#workers.set(pod.metadata.uid, worker);
    this.#tasks.run(async (signal) => {
      await worker.run(signal);
      if (worker.isFinished && worker.isRemoved) this.#discard(worker);
    });
    return worker;
  }

  /** The last of a pod: its containers with their logs, its directory, what is known of it. */
  #discard(worker: PodWorker): void {
    this.#tasks.run(async (signal) => {
      const { clock, logger } = this.#services;
      while (!signal.aborted && this.#workers.get(worker.pod.metadata.uid) === worker) {
        try {
          await this.#removeTraces(worker);
          return;
        } catch (error) {
          logger.warn("Could not remove pod", { pod: formatPod(worker.pod), error });
          await clock.sleep(RETRY_MS, signal);
        }
      }
    });
  }

  async #removeTraces(worker: PodWorker): Promise<void> {
    const { runtime, volumes, statuses, prober, cgroups } = this.#services;
    const { uid } = worker.pod.metadata;
    for (const { id } of await runtime.listSandboxes({ podUid: uid })) await runtime.removeSandbox(id);
    for (const { id } of await runtime.listContainers({ podUid: uid })) await runtime.removeContainer(id);
    await volumes.removePodDirectory(uid);
    await cgroups.remove(uid);
    prober.sync(worker.pod, []);
    statuses.forget(uid);
    this.#workers.delete(uid);
    void cgroups.balance(this.activePods);
    this.#releaseHeld();
  }

  #releaseHeld(): void {
    for (const [uid, pod] of this.#held) {
      if (this.#isNameTaken(pod)) continue;
      this.#held.delete(uid);
      this.#add(pod);
    }
  }
}
