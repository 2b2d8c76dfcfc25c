import type { Duplex } from "node:stream";
import { duplexPair } from "node:stream";
import { BatchBuffer } from "#base/batch-buffer.ts";
import type { Clock } from "#base/clock.ts";
import { abortable, onAbort } from "#base/disposable.ts";
import type {
  ContainerConfig,
  ContainerFilter,
  ContainerRuntime,
  ContainerStats,
  ContainerStatus,
  ExecOptions,
  ExecResult,
  ExecSession,
  ImageStatus,
  LogLine,
  LogOptions,
  RegistryAuth,
  RuntimeEntity,
  RuntimeEvent,
  RuntimeVersion,
  SandboxConfig,
  SandboxStatus,
  StreamOptions,
} from "../runtime.ts";
import { RuntimeError } from "../runtime-error.ts";
import { FakeContainer } from "./fake-container.ts";
import { FakeImages } from "./fake-images.ts";
import { FakeProcess, type FakeProgram } from "./fake-process.ts";
import { fakeSession } from "./fake-session.ts";

export interface FakeContainerRuntimeOptions {
  readonly clock: Clock;
  /** What commands do, by their words joined with blanks; `missing` is one that cannot be started. */
  readonly programs?: Readonly<Record<string, FakeProgram | "missing">>;
}

interface Sandbox {
  readonly config: SandboxConfig;
  status: SandboxStatus;
}

type Operation = keyof Omit<ContainerRuntime, typeof Symbol.asyncDispose>;

const ENDPOINT = "fake:";
const EVENT_CAPACITY = 10_000;
const FIRST_PID = 1000;

/** A container that nobody gave a program runs until it is asked to stop. */
const serveUntilStopped: FakeProgram = async ({ stopRequested }) => {
  await stopRequested;
  return 0;
};

/** An exec that nobody gave a program succeeds. */
const succeed: FakeProgram = () => 0;

/**
 * A container runtime whose containers are JavaScript functions. Beyond the port, tests end containers, make calls
 * fail, and stop and start the engine.
 */
export class FakeContainerRuntime implements ContainerRuntime {
  readonly images = new FakeImages();
  readonly programs: Map<string, FakeProgram | "missing">;
  /** Programs that accept connections on a port, by `container/port`. */
  readonly listeners = new Map<string, (connection: Duplex) => void>();
  /** Every change that was made, as `startContainer web/app`. */
  readonly calls: string[] = [];
  readonly #clock: Clock;
  readonly #sandboxes = new Map<string, Sandbox>();
  readonly #containers = new Map<string, FakeContainer>();
  readonly #subscribers = new Set<BatchBuffer<RuntimeEvent>>();
  readonly #failures = new Map<Operation, Error[]>();
  #isUp = true;
  #awake = Promise.resolve();
  #made = 0;

  constructor({ clock, programs = {} }: FakeContainerRuntimeOptions) {
    this.#clock = clock;
    this.programs = new Map(Object.entries(programs));
  }

  /** Makes the next call of a method reject. */
  failNext(operation: Operation, error: Error = new RuntimeError({ code: "failed" }, "It failed")): void {
    this.#failures.set(operation, [...(this.#failures.get(operation) ?? []), error]);
  }

  /** Ends the running container of that name in any pod, or of one pod. */
  exit(name: string, code: number, { pod, reason }: { pod?: string; reason?: string } = {}): void {
    for (const container of this.#containers.values()) {
      const { config } = container.facts;
      if (config.name === name && (pod === undefined || config.pod.name === pod))
        container.exit(code, reason);
    }
  }

  /** What a container was made of. */
  configOf(containerId: string): ContainerConfig {
    return this.#container(containerId).facts.config;
  }

  /** What a sandbox was made of. */
  sandboxConfigOf(sandboxId: string): SandboxConfig {
    return this.#sandbox(sandboxId).config;
  }

  /** Forgets everything, as an engine does that was reset while nobody looked. */
  loseEverything(): void {
    this.#containers.clear();
    this.#sandboxes.clear();
  }

  /** Ends a sandbox and its containers without being asked to, as a reboot does. */
  crashSandbox(sandboxId: string): void {
    const sandbox = this.#sandbox(sandboxId);
    for (const container of this.#membersOf(sandboxId)) container.exit(137);
    this.#setReady(sandbox, false);
  }

  /** The engine ends: containers die with it, nothing answers, events end. */
  stopEngine(): void {
    for (const { status } of this.#sandboxes.values())
      if (status.state === "ready") this.crashSandbox(status.id);
    this.#isUp = false;
    for (const subscriber of this.#subscribers) subscriber.close();
  }

  startEngine(): void {
    this.#isUp = true;
  }

  /** The engine answers nothing until the returned function is called; what was asked is answered then. */
  hang(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#awake = promise;
    return resolve;
  }

  version(): Promise<RuntimeVersion> {
    return this.#answer("version", () => ({ name: "fake", version: "1.0.0", cgroupDriver: "cgroupfs" }));
  }

  runSandbox(config: SandboxConfig): Promise<string> {
    return this.#change("runSandbox", config.pod.name, () => {
      const id = this.#newId("sandbox");
      const { pod, attempt, network, annotations } = config;
      const status = { id, pod, attempt, createdAt: this.#clock.now(), network, annotations };
      const sandbox: Sandbox = { config, status: { ...status, state: "notReady", pid: 0 } };
      this.#sandboxes.set(id, sandbox);
      this.#setReady(sandbox, true);
      return id;
    });
  }

  stopSandbox(sandboxId: string): Promise<void> {
    return this.#change("stopSandbox", this.#sandboxName(sandboxId), () => {
      const sandbox = this.#sandboxes.get(sandboxId);
      if (sandbox?.status.state === "ready") this.crashSandbox(sandboxId);
    });
  }

  removeSandbox(sandboxId: string): Promise<void> {
    return this.#change("removeSandbox", this.#sandboxName(sandboxId), () => {
      const sandbox = this.#sandboxes.get(sandboxId);
      if (sandbox === undefined) return;
      for (const container of this.#membersOf(sandboxId)) this.#remove(container);
      this.#sandboxes.delete(sandboxId);
      this.#publish({ type: "sandboxChanged", podUid: sandbox.config.pod.uid, id: sandboxId });
    });
  }

  listSandboxes({ podUid }: { readonly podUid?: string } = {}): Promise<readonly SandboxStatus[]> {
    return this.#answer("listSandboxes", () =>
      [...this.#sandboxes.values()]
        .map(({ status }) => status)
        .filter(({ pod }) => podUid === undefined || pod.uid === podUid)
        .reverse(),
    );
  }

  createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    return this.#change("createContainer", containerName(config), () => {
      this.#sandbox(sandboxId);
      const name = config.imageId ?? config.image;
      const image = this.images.find(name);
      if (image === undefined) throw notFound(`Cannot create container: no such image: ${name}`);
      const id = this.#newId("container");
      const facts = { id, sandboxId, config, imageId: image.id, pid: FIRST_PID + this.#made };
      this.#containers.set(id, new FakeContainer(facts, this.#clock));
      this.#publish({ type: "containerChanged", podUid: config.pod.uid, id });
      return id;
    });
  }

  startContainer(containerId: string): Promise<void> {
    const container = this.#containers.get(containerId);
    return this.#change("startContainer", container && containerName(container.facts.config), () =>
      this.#start(this.#container(containerId)),
    );
  }

  async stopContainer(containerId: string, graceSeconds: number, signal?: AbortSignal): Promise<void> {
    const container = this.#containers.get(containerId);
    const name = container && containerName(container.facts.config);
    await this.#change("stopContainer", name && `${name} ${String(graceSeconds)}s`, () => undefined);
    await container?.stop(graceSeconds, signal);
  }

  removeContainer(containerId: string): Promise<void> {
    const container = this.#containers.get(containerId);
    return this.#change("removeContainer", container && containerName(container.facts.config), () => {
      if (container !== undefined) this.#remove(container);
    });
  }

  listContainers({ sandboxId, podUid }: ContainerFilter = {}): Promise<readonly ContainerStatus[]> {
    return this.#answer("listContainers", () =>
      [...this.#containers.values()]
        .map((container) => container.status())
        .filter((status) => sandboxId === undefined || status.sandboxId === sandboxId)
        .filter((status) => podUid === undefined || status.pod.uid === podUid)
        .reverse(),
    );
  }

  listEntities(): Promise<readonly RuntimeEntity[]> {
    return this.#answer("listEntities", () => [
      ...Array.from(this.#sandboxes.values(), ({ status: { id, pod, state } }) => {
        return { type: "sandbox", id, pod, state } as const;
      }),
      ...Array.from(this.#containers.values(), (container) => {
        const { id, pod, state } = container.status();
        return { type: "container", id, pod, state } as const;
      }),
    ]);
  }

  containerStatus(containerId: string): Promise<ContainerStatus> {
    return this.#answer("containerStatus", () => this.#container(containerId).status());
  }

  updateContainerResources(containerId: string): Promise<void> {
    return this.#answer("updateContainerResources", () => {
      this.#running(containerId);
    });
  }

  containerStats(containerId: string): Promise<ContainerStats> {
    return this.#answer("containerStats", () => {
      this.#container(containerId);
      return { cpuUsageNanoseconds: 1_000_000, memoryUsageBytes: 2 ** 20, memoryWorkingSetBytes: 2 ** 20 };
    });
  }

  async execSync(
    containerId: string,
    command: readonly string[],
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<ExecResult> {
    const { process, program } = await this.#exec("execSync", containerId, command);
    const output = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
    using _ = process.onOutput((stream, content) => output[stream].push(content));
    using timer = this.#clock.after(timeoutMs, () => process.kill());
    const exitCode = await abortable(process.run(program), signal);
    if (process.killed.aborted && !(signal?.aborted ?? false)) {
      throw new RuntimeError(
        { code: "execTimeout", timeoutMs },
        `command timed out: ${JSON.stringify(command.join(" "))} timed out after ${String(timeoutMs / 1000)}s`,
      );
    }
    timer[Symbol.dispose]();
    return { exitCode, stdout: Buffer.concat(output.stdout), stderr: Buffer.concat(output.stderr) };
  }

  async exec(containerId: string, options: ExecOptions): Promise<ExecSession> {
    const { process, program } = await this.#exec("exec", containerId, options.command);
    const { promise, resolve } = Promise.withResolvers<number>();
    const session = fakeSession(process, options, promise);
    resolve(process.run(program));
    return session;
  }

  attach(containerId: string, options: StreamOptions): Promise<ExecSession> {
    return this.#answer("attach", () => {
      const { process, exited, facts } = this.#running(containerId);
      return fakeSession(process, { ...options, tty: facts.config.tty }, exited);
    });
  }

  portForward(sandboxId: string, port: number): Promise<Duplex> {
    return this.#answer("portForward", () => {
      if (this.#sandbox(sandboxId).status.state !== "ready") throw notRunning(sandboxId);
      const listener = this.#membersOf(sandboxId)
        .filter(({ isRunning }) => isRunning)
        .map(({ facts }) => this.listeners.get(`${facts.config.name}/${String(port)}`))
        .find((found) => found !== undefined);
      if (listener === undefined) {
        throw new RuntimeError({ code: "failed" }, `dial tcp4 127.0.0.1:${String(port)}: connection refused`);
      }
      const [near, far] = duplexPair();
      listener(far);
      return near;
    });
  }

  async *logs(containerId: string, options: LogOptions): AsyncGenerator<LogLine, void, void> {
    const container = await this.#answer("logs", () => this.#container(containerId));
    yield* container.log.read(options);
  }

  pullImage(image: string, auth?: RegistryAuth): Promise<string> {
    return this.#change("pullImage", image, () => this.images.pull(image, auth));
  }

  imageStatus(image: string): Promise<ImageStatus | undefined> {
    return this.#answer("imageStatus", () => this.images.status(image));
  }

  listImages(): Promise<readonly ImageStatus[]> {
    return this.#answer("listImages", () => this.images.list());
  }

  removeImage(imageId: string): Promise<void> {
    return this.#change("removeImage", imageId, () => this.images.remove(imageId));
  }

  async *events(signal: AbortSignal): AsyncGenerator<RuntimeEvent, void, void> {
    await this.#answer("events", () => undefined);
    const buffer = new BatchBuffer<RuntimeEvent>(EVENT_CAPACITY);
    using _ = onAbort(signal, () => buffer.close());
    this.#subscribers.add(buffer);
    try {
      for await (const batch of buffer) yield* batch;
    } finally {
      this.#subscribers.delete(buffer);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #start(container: FakeContainer): void {
    const { id, sandboxId, config } = container.facts;
    const command = container.process.command.join(" ");
    const program = this.programs.get(command) ?? serveUntilStopped;
    this.#publish({ type: "containerChanged", podUid: config.pod.uid, id });
    if (program === "missing" || this.#sandbox(sandboxId).status.state !== "ready") {
      const message = `exec: ${JSON.stringify(command)}: executable file not found in $PATH`;
      container.failToStart(message);
      throw new RuntimeError({ code: "cannotRun" }, message);
    }
    container.start(program);
    void container.exited.then(() => {
      this.#publish({ type: "containerChanged", podUid: config.pod.uid, id });
    });
  }

  #exec(operation: Operation, containerId: string, command: readonly string[]) {
    return this.#answer(operation, () => {
      const { process: parent } = this.#running(containerId);
      const program = this.programs.get(command.join(" ")) ?? succeed;
      if (program === "missing")
        throw new RuntimeError({ code: "cannotRun" }, `exec failed: ${command.join(" ")}`);
      return { process: new FakeProcess(this.#clock, command, parent.env), program };
    });
  }

  #remove(container: FakeContainer): void {
    const { id, config } = container.facts;
    container.exit(137);
    this.#containers.delete(id);
    this.#publish({ type: "containerChanged", podUid: config.pod.uid, id });
  }

  #setReady(sandbox: Sandbox, isReady: boolean): void {
    const { id, pod } = sandbox.status;
    sandbox.status = {
      ...sandbox.status,
      state: isReady ? "ready" : "notReady",
      pid: isReady ? FIRST_PID + this.#made : 0,
    };
    this.#publish({ type: "sandboxChanged", podUid: pod.uid, id });
  }

  #sandbox(id: string): Sandbox {
    const sandbox = this.#sandboxes.get(id);
    if (sandbox === undefined) throw notFound(`No such sandbox: ${id}`);
    return sandbox;
  }

  #sandboxName(id: string): string | undefined {
    return this.#sandboxes.get(id)?.config.pod.name;
  }

  #container(id: string): FakeContainer {
    const container = this.#containers.get(id);
    if (container === undefined) throw notFound(`No such container: ${id}`);
    return container;
  }

  #running(id: string): FakeContainer {
    const container = this.#container(id);
    if (!container.isRunning) throw notRunning(id);
    return container;
  }

  #membersOf(sandboxId: string): readonly FakeContainer[] {
    return [...this.#containers.values()].filter(({ facts }) => facts.sandboxId === sandboxId);
  }

  #publish(event: RuntimeEvent): void {
    for (const subscriber of this.#subscribers) subscriber.push(event);
  }

  #newId(kind: string): string {
    this.#made += 1;
    return `${kind}-${String(this.#made)}`;
  }

  #change<T>(operation: Operation, about: string | undefined, change: () => T): Promise<T> {
    return this.#answer(operation, () => {
      if (about !== undefined) this.calls.push(`${operation} ${about}`);
      return change();
    });
  }

  async #answer<T>(operation: Operation, answer: () => T): Promise<T> {
    await this.#awake;
    if (!this.#isUp) {
      throw new RuntimeError(
        { code: "unreachable", endpoint: ENDPOINT },
        `Cannot reach the engine at ${ENDPOINT}`,
      );
    }
    const failure = this.#failures.get(operation)?.shift();
    if (failure !== undefined) throw failure;
    return answer();
  }
}

function containerName({ pod, name }: ContainerConfig): string {
  return `${pod.name}/${name}`;
}

function notFound(message: string): RuntimeError {
  return new RuntimeError({ code: "notFound" }, message);
}

function notRunning(id: string): RuntimeError {
  return new RuntimeError({ code: "notRunning" }, `Container "${id}" is not running`);
}
