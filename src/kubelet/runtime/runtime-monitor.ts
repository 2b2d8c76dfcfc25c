import { formatDuration } from "#apimachinery/duration.ts";
import type { Clock } from "#base/clock.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import type { ContainerRuntime, RuntimeEntity, RuntimeVersion } from "#container/runtime.ts";
import type { Logger } from "#observability/logger.ts";

export interface RuntimeMonitorDependencies {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface RuntimeListener {
  /** Something of the pod has changed at the runtime. */
  readonly podChanged: (podUid: string) => void;
  /** Everything that the runtime has, now and then. */
  readonly relisted: (entities: readonly RuntimeEntity[]) => void;
  /** Whether the runtime answers has changed. */
  readonly healthChanged: () => void;
}

/** Events tell what changes; a look at everything this often catches what they missed. */
const RELIST_MS = 30_000;
const SECOND_LOOK_MS = 1000;
const RECONNECT_MS = 1000;
/** For so long the node stays ready while its runtime is restarted (`maxWaitForContainerRuntime`). */
const PATIENCE_MS = 30_000;
/** A runtime that answers nothing for so long is taken for ill (`relistThreshold` of `pkg/kubelet/pleg`). */
const RELIST_THRESHOLD_MS = 180_000;

/** Listens to the container runtime and notices when it is gone and when it is back. */
export class RuntimeMonitor {
  readonly #dependencies: RuntimeMonitorDependencies;
  readonly #listener: RuntimeListener;
  #states = new Map<string, string>();
  #version: RuntimeVersion | undefined;
  #isUp = false;
  #lastUpAt: number | undefined;
  #relistedAt = 0;
  readonly #connected = Promise.withResolvers<void>();

  constructor(dependencies: RuntimeMonitorDependencies, listener: RuntimeListener) {
    this.#dependencies = dependencies;
    this.#listener = listener;
  }

  /** What the runtime said last about itself. */
  get version(): RuntimeVersion | undefined {
    return this.#version;
  }

  /** Resolves when the runtime has answered for the first time. */
  get connected(): Promise<void> {
    return this.#connected.promise;
  }

  /** Why no containers can run, in upstream's words (`pkg/kubelet/runtime.go`). */
  problem(): string | undefined {
    if (this.#isUp) return this.#illness();
    if (this.#lastUpAt === undefined) return "container runtime status check may not have completed yet";
    const isLong = this.#dependencies.clock.now() - this.#lastUpAt >= PATIENCE_MS;
    return isLong ? "container runtime is down" : undefined;
  }

  /** A runtime can hang and keep its connections. */
  #illness(): string | undefined {
    const elapsedMs = this.#dependencies.clock.now() - this.#relistedAt;
    if (elapsedMs < RELIST_THRESHOLD_MS) return undefined;
    const [elapsed, threshold] = [elapsedMs, RELIST_THRESHOLD_MS].map((ms) =>
      formatDuration(BigInt(Math.floor(ms)) * 1_000_000n),
    );
    return `PLEG is not healthy: pleg was last seen active ${String(elapsed)} ago; threshold is ${String(threshold)}`;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#dependencies;
    while (!signal.aborted) {
      try {
        await this.#listen(signal);
        if (signal.aborted) return;
        this.#lost("The connection to the container runtime has ended");
      } catch (error) {
        if (signal.aborted) return;
        this.#lost(error);
      }
      await clock.sleep(RECONNECT_MS, signal);
    }
  }

  /** Until the connection ends, or a request fails. */
  async #listen(signal: AbortSignal): Promise<void> {
    const { runtime, clock } = this.#dependencies;
    this.#version = await runtime.version(signal);
    using stop = new LinkedAbort(signal);
    const events = this.#readEvents(stop.signal).finally(() => stop.abort());
    this.#found();
    try {
      // The second look is for what happened while the stream of events was being opened.
      for (let pauseMs = SECOND_LOOK_MS; !stop.signal.aborted; pauseMs = RELIST_MS) {
        await this.#relist(stop.signal);
        await clock.sleep(pauseMs, stop.signal).catch(() => undefined);
      }
    } finally {
      stop.abort();
      await events;
    }
  }

  async #readEvents(signal: AbortSignal): Promise<void> {
    for await (const { podUid } of this.#dependencies.runtime.events(signal))
      this.#listener.podChanged(podUid);
  }

  async #relist(signal: AbortSignal): Promise<void> {
    const entities = await this.#dependencies.runtime.listEntities(signal);
    if (signal.aborted) return;
    this.#heard();
    const states = new Map<string, string>();
    for (const { id, state, pod } of entities) {
      states.set(pod.uid, `${states.get(pod.uid) ?? ""}${id}=${state};`);
    }
    const before = this.#states;
    this.#states = states;
    for (const podUid of new Set([...before.keys(), ...states.keys()])) {
      if (before.get(podUid) !== states.get(podUid)) this.#listener.podChanged(podUid);
    }
    this.#listener.relisted(entities);
  }

  /** The runtime has told what it has. */
  #heard(): void {
    const wasIll = this.#isUp && this.#illness() !== undefined;
    this.#relistedAt = this.#dependencies.clock.now();
    if (wasIll) this.#listener.healthChanged();
  }

  #found(): void {
    const { clock, logger } = this.#dependencies;
    this.#lastUpAt = clock.now();
    this.#relistedAt = clock.now();
    if (this.#isUp) return;
    const { name = "", version = "" } = this.#version ?? {};
    logger.info("Connected to container runtime", { name, version });
    this.#isUp = true;
    this.#connected.resolve();
    this.#listener.healthChanged();
  }

  #lost(error: unknown): void {
    const { clock, logger } = this.#dependencies;
    if (this.#isUp || this.#lastUpAt === undefined) {
      logger.error("Lost container runtime, will try again until it answers", { error });
    }
    if (this.#isUp) this.#lastUpAt = clock.now();
    this.#lastUpAt ??= 0;
    this.#isUp = false;
    this.#listener.healthChanged();
  }
}
