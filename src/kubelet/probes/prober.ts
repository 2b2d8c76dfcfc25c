import type { Container, Pod, Probe } from "#api/generated/core-v1.ts";
import type { Clock } from "#base/clock.ts";
import { abortable } from "#base/disposable.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { ContainerRuntime } from "#container/runtime.ts";
import type { Logger } from "#observability/logger.ts";
import type { EventRecorder } from "#reconcile/event-recorder.ts";
import type { ProbeKind, ProbeResult, ProbeResults } from "../plan/pod-view.ts";
import { judgeProbe, NO_HISTORY, type ProbeHistory } from "./probe-judge.ts";
import type { ProbeOutcome } from "./probe-outcome.ts";
import { runProbe } from "./run-probe.ts";

/** A running container and what is to be asked of it. */
export interface ProbedContainer {
  readonly containerId: string;
  readonly container: Container;
  readonly fieldPath: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly podIP: string;
  readonly kinds: readonly ProbeKind[];
}

export interface ProberDependencies {
  readonly runtime: Pick<ContainerRuntime, "execSync">;
  readonly events: EventRecorder;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
}

interface Running {
  readonly podUid: string;
  readonly tasks: TaskGroup;
  history: ProbeHistory;
}

/** A probe that cannot be run is tried so often before it counts as failed. */
const MAX_TRIES = 3;
const DEFAULT_PERIOD_SECONDS = 10;

const PROBES = { startup: "startupProbe", readiness: "readinessProbe", liveness: "livenessProbe" } as const;
const TITLES = { startup: "Startup", readiness: "Readiness", liveness: "Liveness" } as const;

/** Probes running containers and remembers what it found, by container id. */
export class Prober implements ProbeResults, AsyncDisposable {
  readonly #dependencies: ProberDependencies;
  readonly #onChange: (podUid: string) => void;
  readonly #startedAt: number;
  readonly #running = new Map<string, Running>();

  /** `onChange` hears of each pod of which a result has changed. */
  constructor(dependencies: ProberDependencies, onChange: (podUid: string) => void) {
    this.#dependencies = dependencies;
    this.#onChange = onChange;
    this.#startedAt = dependencies.clock.now();
  }

  resultOf(containerId: string, kind: ProbeKind): ProbeResult | undefined {
    return this.#running.get(keyOf(containerId, kind))?.history.result;
  }

  /** Makes exactly these containers of the pod be probed, each by the probes of its spec that are named. */
  sync(pod: Pod, containers: readonly ProbedContainer[]): void {
    const { uid } = pod.metadata;
    const wanted = new Set<string>();
    for (const probed of containers) {
      for (const kind of probed.kinds) {
        const probe = probed.container[PROBES[kind]];
        if (probe === undefined) continue;
        const key = keyOf(probed.containerId, kind);
        wanted.add(key);
        if (!this.#running.has(key)) this.#start(key, pod, { probed, kind, probe });
      }
    }
    for (const [key, { podUid, tasks }] of this.#running) {
      if (podUid !== uid || wanted.has(key)) continue;
      this.#running.delete(key);
      void tasks[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.#running.values()];
    this.#running.clear();
    await Promise.all(all.map(({ tasks }) => tasks[Symbol.asyncDispose]()));
  }

  #start(key: string, pod: Pod, what: ProbeTask): void {
    const { logger } = this.#dependencies;
    const tasks = new TaskGroup((error) =>
      logger.error("Stopped probing", { pod: pod.metadata.name, error }),
    );
    const running: Running = { podUid: pod.metadata.uid, tasks, history: NO_HISTORY };
    this.#running.set(key, running);
    tasks.run((signal) => this.#run(running, pod, what, signal));
  }

  async #run(running: Running, pod: Pod, task: ProbeTask, signal: AbortSignal): Promise<void> {
    const { clock } = this.#dependencies;
    const periodMs = (task.probe.periodSeconds ?? DEFAULT_PERIOD_SECONDS) * 1000;
    await clock.sleep(this.#initialDelay(task, periodMs), signal);
    for (let next = clock.now(); !signal.aborted; ) {
      const outcome = await this.#probe(pod, task, signal);
      if (signal.aborted) return;
      if (outcome !== undefined) this.#note(running, task, outcome);
      if (running.history.isOver) return;
      next = Math.max(next + periodMs, clock.now());
      await clock.sleep(next - clock.now(), signal);
    }
  }

  /** After a restart of the kubelet the containers that were there before are not asked all at once. */
  #initialDelay({ probed, probe }: ProbeTask, periodMs: number): number {
    const { clock, random } = this.#dependencies;
    const wasThere = probed.startedAt < this.#startedAt;
    const jitter = wasThere && clock.now() - this.#startedAt < periodMs ? random() * periodMs : 0;
    const due = probed.startedAt + (probe.initialDelaySeconds ?? 0) * 1000 - clock.now();
    return Math.max(0, due, jitter);
  }

  /** Undefined when nothing was found out. */
  async #probe(pod: Pod, task: ProbeTask, signal: AbortSignal): Promise<ProbeOutcome["result"] | undefined> {
    const { probed, kind, probe } = task;
    for (let tries = 1; ; tries += 1) {
      try {
        const { runtime } = this.#dependencies;
        const outcome = await abortable(runProbe(probe, probed, { runtime, signal }), signal);
        if (!signal.aborted) this.#report(pod, task, outcome);
        return outcome.result;
      } catch (error) {
        if (signal.aborted) return undefined;
        if (tries < MAX_TRIES) continue;
        const text = error instanceof Error ? error.message : String(error);
        const message = `${TITLES[kind]} probe errored and resulted in unknown state: ${text}`;
        this.#record(pod, probed, { reason: "Unhealthy", message });
        return undefined;
      }
    }
  }

  #report(pod: Pod, { probed, kind }: ProbeTask, { result, output }: ProbeOutcome): void {
    if (result === "warning") {
      this.#record(pod, probed, {
        reason: "ProbeWarning",
        message: `${TITLES[kind]} probe warning: ${output}`,
      });
    }
    if (result === "failure") {
      this.#record(pod, probed, { reason: "Unhealthy", message: `${TITLES[kind]} probe failed: ${output}` });
    }
  }

  #record(
    pod: Pod,
    { fieldPath }: ProbedContainer,
    { reason, message }: { readonly reason: string; readonly message: string },
  ): void {
    this.#dependencies.events.record(pod, { type: "Warning", reason, message, fieldPath });
  }

  #note(running: Running, { kind, probe }: ProbeTask, outcome: ProbeOutcome["result"]): void {
    const before = running.history.result;
    const counted = outcome === "failure" ? "failure" : "success";
    running.history = judgeProbe(kind, probe, running.history, counted);
    if (running.history.result !== before) this.#onChange(running.podUid);
  }
}

interface ProbeTask {
  readonly probed: ProbedContainer;
  readonly kind: ProbeKind;
  readonly probe: Probe;
}

function keyOf(containerId: string, kind: ProbeKind): string {
  return `${containerId}/${kind}`;
}
