import type { Pod, PodStatus } from "#api/generated/core-v1.ts";
import { onAbort } from "#base/disposable.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import { RuntimeError } from "#container/runtime-error.ts";
import type { EventFacts } from "#reconcile/action.ts";
import { deadlineOf, decideTermination } from "../plan/decide-termination.ts";
import { planPod } from "../plan/plan-pod.ts";
import type { PodPlan, WaitingReason } from "../plan/pod-action.ts";
import type { PodView, Termination } from "../plan/pod-view.ts";
import { type PodRuntimeState, runningContainers } from "../pod/pod-runtime-state.ts";
import { formatPod } from "../pod/pod-text.ts";
import { finalStatus } from "../status/final-status.ts";
import { podOutcome, podStatus } from "../status/pod-status.ts";
import { isSameValue } from "../status/same-value.ts";
import type { StatusView } from "../status/status-view.ts";
import { ActionRunner } from "./action-runner.ts";
import { PodObserver } from "./observe-pod.ts";
import type { PodServices } from "./pod-services.ts";
import { probedContainers } from "./probed-containers.ts";

/** A pod is looked at again after this time and up to half of it more, whatever happens (`resyncInterval`). */
const RESYNC_MS = 60_000;
const RESYNC_JITTER = 0.5;

/**
 * Runs one pod: looks what the runtime has of it, says so in the status, decides, acts, and looks again. It sleeps
 * while there is nothing to do.
 */
export class PodWorker {
  readonly #services: PodServices;
  readonly #observer: PodObserver;
  readonly #actions: ActionRunner;
  #pod: Pod;
  #isRemoved = false;
  #termination: Termination | undefined;
  #waiting: ReadonlyMap<string, WaitingReason> = new Map();
  /** Keys of the events that the last plan told. */
  #told: ReadonlySet<string> = new Set();
  /** Changes with everything that asks for another look. */
  #wanted = 0;
  #wake = (): void => undefined;
  #isActing = false;
  /** Ends what is being done when the pod must stop, or stop sooner. */
  #hurry = new LinkedAbort();
  #isFinished = false;
  #runtime: PodRuntimeState = { sandboxes: [], containers: [] };

  constructor(pod: Pod, services: PodServices) {
    this.#pod = pod;
    this.#services = services;
    this.#observer = new PodObserver(services.runtime);
    this.#actions = new ActionRunner(services);
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** What the runtime had of the pod when it was last looked at. */
  get runtime(): PodRuntimeState {
    return this.#runtime;
  }

  /** Nothing of the pod runs or is held any more, and nothing will. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** The pod is gone from its source. */
  get isRemoved(): boolean {
    return this.#isRemoved;
  }

  /** The pod has changed at its source. */
  update(pod: Pod): void {
    const before = this.#pod.metadata;
    if (pod.metadata.generation !== before.generation) this.#actions.forgetFailures();
    // Volumes show labels and annotations, which are no part of the spec.
    if (!isSameValue([before.labels, before.annotations], [pod.metadata.labels, pod.metadata.annotations]))
      this.#services.volumes.refresh(pod);
    this.#pod = pod;
    this.#hurryUp();
    this.poke();
  }

  /** The pod is gone from its source. */
  remove(): void {
    this.#isRemoved = true;
    this.#hurryUp();
    this.poke();
  }

  /** Something that the pod refers to has changed. */
  referencesChanged(): void {
    this.#actions.forgetFailures("CreateContainerConfigError");
    this.#services.volumes.refresh(this.#pod);
    this.poke();
  }

  /** Something may have happened to the pod. While the worker acts, at least the status follows. */
  poke(): void {
    this.#wanted += 1;
    this.#wake();
    if (this.#isActing) void this.#refreshStatus();
  }

  /** Runs until the pod is finished or the signal aborts, which leaves everything as it is. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#isFinished) {
      const seen = this.#wanted;
      const requeueAt = await this.#step(signal);
      if (!this.#isFinished && seen === this.#wanted && requeueAt !== "now") {
        await this.#pause(requeueAt, signal);
      }
    }
  }

  /** Milliseconds since the epoch of the next look, or that it must come at once. */
  async #step(signal: AbortSignal): Promise<number | "now"> {
    const { clock, random, logger } = this.#services;
    const resyncAt = clock.now() + RESYNC_MS * (1 + RESYNC_JITTER * random());
    try {
      this.#runtime = await this.#observer.observe(this.#pod.metadata.uid);
      this.#decideTermination();
      const plan = planPod(this.#view());
      this.#waiting = new Map([...this.#actions.reasons(), ...plan.waiting]);
      this.#publishStatus();
      this.#tell(plan.events);
      this.#probe();
      if (plan.actions.length > 0) return await this.#act(plan, signal);
      this.#isFinished = this.#actions.isCleanedUp;
      if (this.#isFinished) this.#publishFinalStatus();
      return Math.min(resyncAt, plan.requeueAt ?? resyncAt, this.#deadline() ?? resyncAt);
    } catch (error) {
      if (signal.aborted) return resyncAt;
      // That the runtime is down is reported once, for the node.
      const level = isUnreachable(error) ? "debug" : "warn";
      logger[level]("Could not look after pod", { pod: formatPod(this.#pod), error });
      return this.#actions.retryAt();
    }
  }

  async #act({ actions }: PodPlan, signal: AbortSignal): Promise<number | "now"> {
    using hurry = new LinkedAbort(signal);
    this.#hurry = hurry;
    this.#isActing = true;
    try {
      await this.#actions.run(actions, { pod: this.#pod, signal: hurry.signal });
    } finally {
      this.#isActing = false;
    }
    return "now";
  }

  #view(): PodView {
    const { volumes, prober, node, clock } = this.#services;
    return {
      pod: this.#pod,
      status: this.#previousStatus(),
      runtime: this.#runtime,
      probes: prober,
      failures: this.#actions.failures,
      volumes: volumes.stateOf(this.#pod.metadata.uid),
      hasAddresses: this.#actions.podIPs.length > 0,
      networkError: node.networkError(),
      termination: this.#termination,
      isCleanedUp: this.#actions.isCleanedUp,
      now: clock.now(),
    };
  }

  #decideTermination(): void {
    const before = this.#termination;
    const status = this.#previousStatus();
    const { phase } = before === undefined ? podOutcome(this.#statusView()) : status;
    this.#termination = decideTermination({
      pod: this.#pod,
      status: { ...status, ...(phase !== undefined && { phase }) },
      before,
      isRemoved: this.#isRemoved,
      now: this.#services.clock.now(),
    });
    const failure = before === undefined ? this.#termination?.failure : undefined;
    if (failure !== undefined) this.#services.events.record(this.#pod, { type: "Normal", ...failure });
  }

  /** Whether the pod has to stop sooner than what is being done for it allows. */
  #hurryUp(): void {
    if (!this.#isActing) return;
    const before = this.#termination;
    this.#decideTermination();
    const grace = this.#termination?.graceSeconds;
    if (grace !== undefined && grace < (before?.graceSeconds ?? Number.POSITIVE_INFINITY))
      this.#hurry.abort();
  }

  #deadline(): number | undefined {
    return this.#termination === undefined ? deadlineOf(this.#pod, this.#previousStatus()) : undefined;
  }

  #previousStatus(): PodStatus {
    const { statuses, node } = this.#services;
    const { uid } = this.#pod.metadata;
    return statuses.last(uid) ?? node.apiPodOf(this.#pod)?.status ?? this.#pod.status ?? {};
  }

  #statusView(): StatusView {
    const { runtimeName, prober, node, clock } = this.#services;
    const isStopped = runningContainers(this.#runtime).length === 0;
    return {
      pod: this.#pod,
      previous: this.#previousStatus(),
      runtime: this.#runtime,
      runtimeName,
      probes: prober,
      waiting: this.#waiting,
      isTerminal: this.#termination !== undefined && isStopped,
      failure: this.#termination?.failure,
      podIPs: this.#actions.podIPs,
      hostIPs: node.hostIPs,
      now: clock.now(),
    };
  }

  #publishStatus(): void {
    this.#setStatus(podStatus(this.#statusView()), false);
  }

  #publishFinalStatus(): void {
    this.#setStatus(finalStatus(this.#pod, podStatus(this.#statusView())), true);
  }

  #setStatus(status: PodStatus, isFinished: boolean): void {
    const { statuses, node } = this.#services;
    statuses.set(this.#pod.metadata.uid, node.apiPodOf(this.#pod), status, isFinished);
  }

  async #refreshStatus(): Promise<void> {
    try {
      this.#runtime = await this.#observer.observe(this.#pod.metadata.uid);
      this.#probe();
      if (this.#isActing) this.#publishStatus();
    } catch (error) {
      // The worker itself will look again and report it.
      this.#services.logger.debug("Could not refresh status", { pod: this.#pod.metadata.name, error });
    }
  }

  #probe(): void {
    const { prober } = this.#services;
    const facts = { pod: this.#pod, runtime: this.#runtime, podIPs: this.#podIPs(), prober };
    prober.sync(this.#pod, probedContainers({ ...facts, isTerminating: this.#termination !== undefined }));
  }

  #podIPs(): readonly string[] {
    return this.#pod.spec.hostNetwork === true ? this.#services.node.hostIPs : this.#actions.podIPs;
  }

  /** What a plan says again and again is told once. */
  #tell(events: readonly EventFacts[]): void {
    const keyed = new Map(events.map((event) => [this.#keyOf(event), event]));
    for (const [key, event] of keyed) {
      if (!this.#told.has(key)) this.#services.events.record(this.#pod, event);
    }
    this.#told = new Set(keyed.keys());
  }

  /** A container that has run again has news even if the words are the same. */
  #keyOf({ reason, message, fieldPath = "" }: EventFacts): string {
    const newest = this.#runtime.containers[0]?.id ?? "";
    return JSON.stringify([reason, message, fieldPath, newest]);
  }

  async #pause(until: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#services;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    using _abort = onAbort(signal, resolve);
    using _timer = clock.after(Math.max(0, until - clock.now()), resolve);
    await promise;
  }
}

function isUnreachable(error: unknown): boolean {
  return error instanceof RuntimeError && error.detail.code === "unreachable";
}
