import type { Clock } from "#base/clock.ts";
import { abortable } from "#base/disposable.ts";
import type { ContainerConfig, ContainerStatus } from "../runtime.ts";
import { FakeLog } from "./fake-log.ts";
import { FakeProcess, type FakeProgram } from "./fake-process.ts";

/** The exit code that Docker gives to a container whose command it cannot find. */
const CANNOT_RUN = 127;

export interface FakeContainerFacts {
  readonly id: string;
  readonly sandboxId: string;
  readonly pid: number;
  readonly imageId: string;
  readonly config: ContainerConfig;
}

/** One container: created, then running, then exited. */
export class FakeContainer {
  readonly facts: FakeContainerFacts;
  readonly process: FakeProcess;
  readonly log = new FakeLog();
  readonly #clock: Clock;
  readonly #createdAt: number;
  readonly #exit = Promise.withResolvers<number>();
  #state: ContainerStatus["state"] = "created";
  #startedAt = 0;
  #finishedAt = 0;
  #exitCode = 0;
  #reason = "";
  #message = "";

  constructor(facts: FakeContainerFacts, clock: Clock) {
    const { command, args, env } = facts.config;
    const environment = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    this.facts = facts;
    this.process = new FakeProcess(clock, [...command, ...args], environment);
    this.#clock = clock;
    this.#createdAt = clock.now();
    this.process.onOutput((stream, content) => this.log.append(stream, content, clock.now()));
  }

  get isRunning(): boolean {
    return this.#state === "running";
  }

  /** The exit code, once it has one. */
  get exited(): Promise<number> {
    return this.#exit.promise;
  }

  start(program: FakeProgram): void {
    this.#state = "running";
    this.#startedAt = this.#clock.now();
    void this.process.run(program).then((code) => this.exit(code));
  }

  /** Ends the container, its program or not. */
  exit(code: number, reason = code === 0 ? "Completed" : "Error"): void {
    if (!this.isRunning) return;
    this.#finish(code, reason);
    this.process.kill();
  }

  /** What Docker makes of a command that does not exist. */
  failToStart(message: string): void {
    this.#message = message;
    this.#finish(CANNOT_RUN, "ContainerCannotRun");
  }

  /** Asks the program to stop and kills it when the grace is over. */
  async stop(graceSeconds: number, signal: AbortSignal | undefined): Promise<void> {
    if (!this.isRunning) return;
    this.process.stop();
    const patience = new AbortController();
    const expired = this.#clock.sleep(graceSeconds * 1000, patience.signal).then(
      () => this.exit(137),
      () => undefined,
    );
    try {
      await abortable(this.exited, signal);
    } finally {
      patience.abort();
      await expired;
    }
  }

  status(): ContainerStatus {
    const { id, sandboxId, imageId, config, pid } = this.facts;
    return {
      id,
      sandboxId,
      pod: config.pod,
      name: config.name,
      attempt: config.attempt,
      state: this.#state,
      createdAt: this.#createdAt,
      startedAt: this.#startedAt,
      finishedAt: this.#finishedAt,
      exitCode: this.#exitCode,
      reason: this.#reason,
      message: this.#message,
      pid: this.isRunning ? pid : 0,
      image: config.image,
      imageId,
      imageRef: imageId,
      mounts: config.mounts,
      labels: config.labels,
      annotations: config.annotations,
    };
  }

  #finish(code: number, reason: string): void {
    this.#state = "exited";
    this.#finishedAt = this.#clock.now();
    this.#exitCode = code;
    this.#reason = reason;
    this.log.close();
    this.#exit.resolve(code);
  }
}
