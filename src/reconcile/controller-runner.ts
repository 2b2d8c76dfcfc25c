import type { Resource } from "#api/resource.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { Clock } from "#base/clock.ts";
import { abortable, onAbort } from "#base/disposable.ts";
import { LruMap } from "#base/lru-map.ts";
import { nextTurn } from "#base/next-turn.ts";
import { controllerRateLimiter } from "#base/rate-limiter.ts";
import { WorkQueue } from "#base/work-queue.ts";
import type { Client } from "#client/client.ts";
import type { Logger } from "#observability/logger.ts";
import type { EventFacts } from "./action.ts";
import { type Applied, applyPlan, messageOf } from "./apply-plan.ts";
import type { Controller, FailedWrite, Watch, WatchEverything } from "./controller.ts";
import { ControllerCaches } from "./controller-caches.ts";
import type { EventRecorder } from "./event-recorder.ts";
import { followEverything } from "./everything.ts";
import type { Informer } from "./informer.ts";
import type { KindDiscovery } from "./kind-discovery.ts";
import { kindNameOf } from "./kind-table.ts";
import type { ReconcileMetrics } from "./metrics.ts";
import type { Change } from "./object-cache.ts";
import { type Result, resultOf, settle } from "./result.ts";
import type { SharedInformers } from "./shared-informers.ts";
import { formatKey, keysWokenBy, parseKey } from "./wakes.ts";
import { WriteGate } from "./write-gate.ts";
import { Writer } from "./writer.ts";

export interface ControllerDependencies {
  /** Writes go through this client, under the controller's own identity. */
  readonly client: Client;
  readonly informers: SharedInformers;
  readonly recorder: EventRecorder;
  readonly discovery: KindDiscovery;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ReconcileMetrics;
  /** Keep only the metadata of objects that are watched because everything is. */
  readonly metadataOnly: boolean;
}

const DEFAULT_WORKERS = 5;

/** Kinds whose objects are large and, besides their metadata, nothing to those who handle all kinds. */
const REDUCED_KINDS: ReadonlySet<string> = new Set(["CustomResourceDefinition"]);

/** One kind that cannot be listed must not stop the collection of all others (upstream waits as long). */
const EVERYTHING_SYNC_MS = 30_000;

/** A key that takes much computing waits so many times as long, however often it is woken. */
const REST_FACTOR = 4;

/** What seems longer is the clock that was set. */
const LONGEST_REST_MS = 1000;

/** How many keys that wait are remembered; others do not wait. */
const RESTING_KEYS = 1000;

/** After so much work without a pause, others get a turn. */
const LONGEST_TURN_MS = 5;

/** Runs one controller: its queue, its workers, and the way from a change over a plan to writes. */
export class ControllerRunner {
  readonly #controller: Controller;
  readonly #dependencies: ControllerDependencies;
  readonly #caches: ControllerCaches;
  readonly #queue: WorkQueue<string>;
  readonly #gate: WriteGate;
  readonly #writer: Writer;
  readonly #failed = new Map<string, FailedWrite>();
  /** Until when keys wait, in milliseconds since the epoch. */
  readonly #resting = new LruMap<string, number>(RESTING_KEYS);
  #turnStartedAt = 0;

  constructor(controller: Controller, dependencies: ControllerDependencies) {
    const { client, clock } = dependencies;
    this.#controller = controller;
    this.#dependencies = dependencies;
    this.#caches = new ControllerCaches(controller, dependencies.discovery);
    const rateLimiter = controllerRateLimiter<string>(clock, controller.maxRetryMs);
    this.#queue = new WorkQueue({ clock, rateLimiter });
    this.#gate = new WriteGate(
      (kind) => this.#caches.informerOf(kind),
      (key) => this.#queue.add(key),
    );
    this.#writer = new Writer(
      { controller: controller.name, writes: controller.writes },
      { client, kinds: () => this.#caches.writable },
    );
  }

  /** Runs until the signal aborts; writes that are under way then are cancelled. */
  async run(signal: AbortSignal): Promise<void> {
    using subscriptions = new DisposableStack();
    subscriptions.use(onAbort(signal, () => this.#queue[Symbol.dispose]()));
    const synced = this.#controller.watches.map((watch) =>
      watch.kind === "*" ? this.#followAll(watch, subscriptions) : this.#followOne(watch, subscriptions),
    );
    const { follows } = this.#controller;
    if (follows !== undefined) subscriptions.use(follows.add(() => this.#wakeAll()));
    await abortable(Promise.all(synced), signal);
    const workers = this.#controller.workers ?? DEFAULT_WORKERS;
    await Promise.all(Array.from({ length: workers }, () => this.#work(signal)));
  }

  #wakeAll(): void {
    const { primary: kind } = this.#controller;
    for (const { metadata } of this.#caches.listOf(kind)) {
      this.#queue.add(formatKey({ kind, namespace: metadata.namespace ?? "", name: metadata.name }));
    }
  }

  #followOne(watch: Watch, subscriptions: DisposableStack): Promise<void> {
    const informer = this.#dependencies.informers.informer(watch.kind);
    this.#caches.add(
      informer,
      (this.#controller.indexes ?? []).filter(({ kind }) => kind === watch.kind),
    );
    subscriptions.use(this.#subscribe(informer, watch));
    return informer.synced;
  }

  #followAll(watch: WatchEverything, subscriptions: DisposableStack): Promise<void> {
    const { informers, discovery, clock, metadataOnly } = this.#dependencies;
    const synced: Promise<void>[] = [];
    const onKind = (resource: Resource): Disposable => {
      const isWatched = this.#caches.informerOf(kindNameOf(resource)) !== undefined;
      const isReduced = (metadataOnly || REDUCED_KINDS.has(resource.kind)) && !isWatched;
      const informer = informers.informer(resource, { metadataOnly: isReduced });
      if (!isWatched) this.#caches.add(informer, []);
      synced.push(informer.synced);
      return this.#subscribe(informer, watch);
    };
    const onGone = (resource: Resource): void => {
      this.#caches.remove(resource);
      informers.forget(resource);
    };
    const isWanted = (resource: Resource): boolean => watch.except?.includes(kindNameOf(resource)) !== true;
    subscriptions.use(followEverything(discovery, { isWanted, onKind, onGone }));
    const patience = Promise.withResolvers<void>();
    subscriptions.use(clock.after(EVERYTHING_SYNC_MS, patience.resolve));
    return Promise.race([Promise.all(synced).then(() => undefined), patience.promise]);
  }

  #subscribe(informer: Informer, watch: Watch | WatchEverything): Disposable {
    const subscription = new DisposableStack();
    subscription.use(
      informer.onChange((changes) => {
        for (const change of changes) {
          this.#caches.note(informer.resource, change, this.#dependencies.clock.now());
          this.#announce(change, watch);
          for (const key of keysWokenBy(change, watch, this.#controller, this.#caches)) this.#queue.add(key);
        }
      }),
    );
    subscription.use(informer.onProgress(() => this.#gate.check()));
    return subscription;
  }

  #announce(change: Change, watch: Watch | WatchEverything): void {
    if (watch.kind === "*" || watch.announces === undefined || change.type === "updated") return;
    // As everywhere: the watch of a kind is asked about objects of that kind.
    const facts = watch.announces[change.type] as ((object: KubeObject) => EventFacts) | undefined;
    if (facts !== undefined) this.#dependencies.recorder.record(change.object, facts(change.object));
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (;;) {
      const key = await this.#queue.take();
      if (key === undefined) return;
      try {
        const restMs = this.#restOf(key);
        if (restMs > 0) this.#queue.addAfter(key, restMs);
        else if (this.#gate.enter(key)) await this.#attempt(key, signal);
      } finally {
        this.#queue.done(key);
      }
      await this.#pauseForOthers();
    }
  }

  async #attempt(key: string, signal: AbortSignal): Promise<void> {
    const { clock, logger, metrics } = this.#dependencies;
    const startedAt = clock.now();
    const result = await this.#reconcile(key, signal);
    if (signal.aborted) return;
    metrics.reconciled(this.#controller.name, result.type, clock.now() - startedAt);
    metrics.queued(this.#controller.name, this.#queue.length);
    settle(key, result, { queue: this.#queue, logger });
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<Result> {
    const { recorder, clock } = this.#dependencies;
    const now = new Date(clock.now());
    try {
      const view = this.#controller.observe(parseKey(key), this.#caches, now, this.#failed.get(key));
      const plan = view === undefined ? { actions: [] } : this.#controller.plan(view);
      const restMs = (clock.now() - now.getTime()) * REST_FACTOR;
      const applied = await applyPlan(plan, { writer: this.#writer, recorder }, signal);
      this.#gate.close(key, applied.writes);
      this.#rest(key, applied.writes.length > 0 ? Math.max(restMs, this.#controller.restMs ?? 0) : restMs);
      this.#remember(key, applied);
      return resultOf(plan, applied);
    } catch (error) {
      return { type: "crashed", error };
    }
  }

  #rest(key: string, ms: number): void {
    const restMs = Math.min(ms, LONGEST_REST_MS);
    if (restMs > 0) this.#resting.set(key, this.#dependencies.clock.now() + restMs);
  }

  #restOf(key: string): number {
    const restMs = (this.#resting.get(key) ?? 0) - this.#dependencies.clock.now();
    return restMs > LONGEST_REST_MS ? 0 : restMs;
  }

  #remember(key: string, { failure }: Applied): void {
    if (failure === undefined) this.#failed.delete(key);
    else this.#failed.set(key, { action: failure.action, message: messageOf(failure.error) });
  }

  async #pauseForOthers(): Promise<void> {
    const { clock } = this.#dependencies;
    if (clock.now() - this.#turnStartedAt < LONGEST_TURN_MS) return;
    await nextTurn();
    this.#turnStartedAt = clock.now();
  }
}
