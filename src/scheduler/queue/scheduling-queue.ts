import type { Pod } from "#api/generated/core-v1.ts";
import type { Clock } from "#base/clock.ts";
import { onDispose } from "#base/disposable.ts";
import { type ClusterEvent, eventLabel } from "../framework/cluster-event.ts";
import type { PodInfo } from "../framework/pod-info.ts";
import { type Framework, type Frameworks, frameworkOf } from "../framework/profile.ts";
import { type BackoffOptions, backoffEnd, isBackingOff, WINDOW_MS } from "./backoff.ts";
import { eventsOfPodUpdate } from "./events-of.ts";
import { Heap } from "./heap.ts";
import { isHelpedBy, isOpenTo } from "./helped-by.ts";
import { type QueuedPod, queuedPod, uidOf } from "./queued-pod.ts";

export interface SchedulingQueueOptions {
  readonly backoff: BackoffOptions;
  /** A pod that no event has helped for so long is tried again, in case one was missed. */
  readonly maxUnschedulableMs: number;
}

/** The numbers of kube-scheduler. */
export const QUEUE_DEFAULTS: SchedulingQueueOptions = {
  backoff: { initialMs: 1000, maxMs: 10_000 },
  maxUnschedulableMs: 300_000,
};

/** How often pods that have waited too long are looked for. */
const LEFTOVER_INTERVAL_MS = 30_000;

export type QueuePart = "active" | "backoff" | "unschedulable";

export interface SchedulingQueueDependencies {
  readonly clock: Clock;
  readonly frameworks: Frameworks;
  /** Hears of every pod that comes to a part of the queue, and why. */
  readonly onIncoming?: (part: QueuePart, event: string) => void;
}

/**
 * The pods that wait (upstream `backend/queue`): active ones, which are tried next; those that wait a little after an
 * attempt in vain; and those for which nothing has happened that could help. Whoever takes a pod must put it back,
 * or assume it, without waiting for anything, so that no event can be missed while it is out of the queue.
 */
export class SchedulingQueue implements Disposable {
  readonly #options: SchedulingQueueOptions;
  readonly #dependencies: SchedulingQueueDependencies;
  readonly #active: Heap<QueuedPod>;
  /** Rejected pods. When there is nothing else to do they are tried early. */
  readonly #backoff: Heap<QueuedPod>;
  /** Pods that failed for another reason, which waiting may cure. */
  readonly #errorBackoff: Heap<QueuedPod>;
  readonly #unschedulable = new Map<string, QueuedPod>();
  /** Those of them that a plugin does not let be tried at all. */
  readonly #gated = new Set<string>();
  readonly #held = new Set<string>();
  #sequence = 0;
  #isClosed = false;
  #wake: (() => void) | undefined;
  #backoffTimer: Disposable | undefined;
  #leftoverTimer: Disposable | undefined;

  constructor(options: SchedulingQueueOptions, dependencies: SchedulingQueueDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    const compare = orderOf(dependencies.frameworks);
    const compareEnds = (a: QueuedPod, b: QueuedPod): number =>
      backoffEnd(a, options.backoff) - backoffEnd(b, options.backoff) || compare(a, b);
    this.#active = new Heap(uidOf, compare);
    this.#backoff = new Heap(uidOf, compareEnds);
    this.#errorBackoff = new Heap(uidOf, compareEnds);
  }

  get lengths(): Readonly<Record<QueuePart | "gated", number>> {
    return {
      active: this.#active.size,
      backoff: this.#backoff.size + this.#errorBackoff.size,
      unschedulable: this.#unschedulable.size - this.#gated.size,
      gated: this.#gated.size,
    };
  }

  /** Adds a pod that is not in the queue. */
  add(info: PodInfo, event = "UnschedulablePodAdd"): void {
    this.#sequence += 1;
    this.#toActive(queuedPod(info, this.#now, this.#sequence), event);
  }

  /** Follows a change of a waiting pod, which may help it; adds the pod when it is not there. */
  update(previous: Pod, info: PodInfo): void {
    const { uid } = info.pod.metadata;
    for (const heap of [this.#active, this.#backoff, this.#errorBackoff]) {
      const queued = heap.get(uid);
      if (queued === undefined) continue;
      queued.info = info;
      heap.put(queued);
      return;
    }
    const parked = this.#unschedulable.get(uid);
    if (parked === undefined) {
      this.add(info, "UnschedulablePodUpdate");
      return;
    }
    parked.info = info;
    const helpful = eventsOfPodUpdate(previous, info.pod).find((event) => this.#isHelped(parked, event));
    if (helpful !== undefined) this.#retry(parked, eventLabel(helpful));
  }

  delete(uid: string): void {
    for (const heap of [this.#active, this.#backoff, this.#errorBackoff]) heap.delete(uid);
    this.#unpark(uid);
  }

  /** Takes the next pod out of the queue, if there is one. */
  take(): QueuedPod | undefined {
    const queued = this.#active.pop() ?? this.#backoff.pop();
    if (queued !== undefined) queued.attempts += 1;
    return queued;
  }

  /** True once there is a pod to take; false when the queue is disposed. Only one caller may wait. */
  async ready(): Promise<boolean> {
    while (!this.#isClosed) {
      if (this.#active.size + this.#backoff.size > 0) return true;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return false;
  }

  /** Puts a pod back that was taken: rejected by these plugins or, when there are none, after a failure. */
  putBack(queued: QueuedPod, info: PodInfo, rejectors: ReadonlySet<string>): void {
    const isFailure = rejectors.size === 0;
    queued.info = info;
    queued.rejectors = rejectors;
    queued.failures = isFailure ? queued.failures + 1 : 0;
    queued.rejections += isFailure ? 0 : 1;
    queued.timestamp = this.#now;
    if (isFailure) this.#retry(queued, "ScheduleAttemptFailure");
    else this.#park(queued, "ScheduleAttemptFailure");
  }

  /** Tries those waiting pods again that the event may help. `isMeant` leaves pods out. */
  onEvent(event: ClusterEvent, isMeant: (pod: PodInfo) => boolean = () => true): void {
    for (const queued of this.#unschedulable.values()) {
      const framework = this.#frameworkOf(queued);
      if (!isMeant(queued.info) || !isOpenTo(queued, event, framework)) continue;
      if (this.#isHelped(queued, event)) this.#retry(queued, eventLabel(event));
    }
  }

  /** Tries a waiting pod at once, whatever it waits for. */
  activate(uid: string): void {
    const queued =
      this.#unschedulable.get(uid) ?? this.#backoff.delete(uid) ?? this.#errorBackoff.delete(uid);
    if (queued !== undefined) this.#toActive(queued, "ForceActivate");
  }

  /** Keeps the pod from being tried until disposed; what would have had it tried meanwhile does so then. */
  hold(uid: string): Disposable {
    this.#held.add(uid);
    return onDispose(() => {
      this.#held.delete(uid);
      const queued = this.#unschedulable.get(uid);
      if (queued?.isWanted === true) this.#retry(queued, "HoldReleased");
    });
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#backoffTimer?.[Symbol.dispose]();
    this.#leftoverTimer?.[Symbol.dispose]();
    this.#notify();
  }

  get #now(): number {
    return this.#dependencies.clock.now();
  }

  #frameworkOf({ info }: QueuedPod): Framework | undefined {
    return frameworkOf(this.#dependencies.frameworks, info.pod);
  }

  #isHelped(queued: QueuedPod, event: ClusterEvent): boolean {
    return isHelpedBy(queued, event, this.#frameworkOf(queued));
  }

  /** After its backoff, if that is not over. */
  #retry(queued: QueuedPod, event: string): void {
    if (isBackingOff(queued, this.#options.backoff, this.#now)) this.#toBackoff(queued, event);
    else this.#toActive(queued, event);
  }

  #toActive(queued: QueuedPod, event: string): void {
    if (!this.#admit(queued, event)) return;
    queued.triableSince ??= this.#now;
    this.#active.put(queued);
    this.#dependencies.onIncoming?.("active", event);
    this.#notify();
  }

  #toBackoff(queued: QueuedPod, event: string): void {
    if (!this.#admit(queued, event)) return;
    (queued.failures > 0 ? this.#errorBackoff : this.#backoff).put(queued);
    this.#dependencies.onIncoming?.("backoff", event);
    this.#flushLater();
    this.#notify();
  }

  /** Whether nothing keeps the pod from being tried; it is parked otherwise. */
  #admit(queued: QueuedPod, event: string): boolean {
    queued.isWanted = this.#held.has(uidOf(queued));
    queued.gate = this.#frameworkOf(queued)?.preEnqueues.find(
      (plugin) => plugin.preEnqueue(queued.info.pod) !== undefined,
    )?.name;
    if (queued.gate === undefined && !queued.isWanted) {
      this.#unpark(uidOf(queued));
      return true;
    }
    if (queued.gate !== undefined) queued.rejectors = new Set([...queued.rejectors, queued.gate]);
    this.#park(queued, event);
    return false;
  }

  #park(queued: QueuedPod, event: string): void {
    this.#unschedulable.set(uidOf(queued), queued);
    if (queued.gate === undefined) this.#gated.delete(uidOf(queued));
    else this.#gated.add(uidOf(queued));
    this.#dependencies.onIncoming?.("unschedulable", event);
    this.#lookForLeftoversLater();
  }

  #unpark(uid: string): void {
    this.#unschedulable.delete(uid);
    this.#gated.delete(uid);
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** At the end of every window, as long as pods wait for one. */
  #flushLater(): void {
    if (this.#backoffTimer !== undefined || this.#isClosed) return;
    const ms = WINDOW_MS - (this.#now % WINDOW_MS);
    this.#backoffTimer = this.#dependencies.clock.after(ms, () => {
      this.#backoffTimer = undefined;
      for (const heap of [this.#backoff, this.#errorBackoff]) this.#flush(heap);
      if (this.#backoff.size + this.#errorBackoff.size > 0) this.#flushLater();
    });
  }

  #flush(heap: Heap<QueuedPod>): void {
    for (let next = heap.peek(); next !== undefined; next = heap.peek()) {
      if (isBackingOff(next, this.#options.backoff, this.#now)) return;
      heap.pop();
      this.#toActive(next, "BackoffComplete");
    }
  }

  #lookForLeftoversLater(): void {
    const isNeeded = this.#unschedulable.size > this.#gated.size;
    if (this.#leftoverTimer !== undefined || this.#isClosed || !isNeeded) return;
    this.#leftoverTimer = this.#dependencies.clock.after(LEFTOVER_INTERVAL_MS, () => {
      this.#leftoverTimer = undefined;
      const latest = this.#now - this.#options.maxUnschedulableMs;
      const leftovers = [...this.#unschedulable.values()].filter(
        ({ gate, timestamp }) => gate === undefined && timestamp < latest,
      );
      for (const queued of leftovers) this.#retry(queued, "UnschedulableTimeout");
      this.#lookForLeftoversLater();
    });
  }
}

/** All profiles sort alike, since their pods are in one queue; of two equal pods the one that came first. */
function orderOf(frameworks: Frameworks): (a: QueuedPod, b: QueuedPod) => number {
  const [framework] = frameworks.values();
  return (a, b) => (framework?.queueSort.compare(a, b) ?? 0) || a.sequence - b.sequence;
}
