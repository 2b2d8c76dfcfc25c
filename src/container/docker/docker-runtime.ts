import { readFile } from "node:fs/promises";
import type { Duplex } from "node:stream";
import Docker, { type ContainerInfo, type ContainerInspectInfo } from "dockerode";
import { abortable } from "#base/disposable.ts";
import type { Logger } from "#observability/logger.ts";
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
  LinuxResources,
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
import {
  type CgroupDriver,
  containerOptions,
  type Host,
  type LogLimits,
  resourceOptions,
  sandboxOptions,
} from "./create-options.ts";
import { dockerError, tolerant, translated } from "./docker-error.ts";
import { readEvents } from "./docker-events.ts";
import { DockerImages } from "./docker-images.ts";
import { execPid } from "./exec-pid.ts";
import { createExecSession, type Hijacked } from "./exec-session.ts";
import { runToEnd } from "./exec-sync.ts";
import { containerFilter, identityOf, MANAGED_FILTER, sandboxFilter } from "./labels.ts";
import { containerEnd } from "./logs/container-end.ts";
import { readLog } from "./logs/read-log.ts";
import { readOomScoreFloor } from "./oom-score.ts";
import { signalProcess } from "./signal-process.ts";
import { containerStatusOf, sandboxStatusOf } from "./statuses.ts";

export interface DockerRuntimeOptions {
  /** `unix:///var/run/docker.sock`. */
  readonly endpoint: string;
  /** Architecture of the host as `process.arch` names it. */
  readonly architecture: string;
  /** Default: what the kubelet's `containerLogMaxSize` and `containerLogMaxFiles` default to. */
  readonly logs?: Partial<LogLimits>;
  readonly logger: Logger;
  /** Opens a TCP connection to loopback inside a network namespace given by its path. */
  readonly connectInNamespace: (namespacePath: string, port: number) => Promise<Duplex>;
}

const DEFAULT_LOGS: LogLimits = { maxSizeBytes: 10 * 2 ** 20, maxFiles: 5 };

/** Connects to a Docker Engine. Rejects with `unreachable` when none answers. */
export async function createDockerRuntime(options: DockerRuntimeOptions): Promise<ContainerRuntime> {
  const docker = new Docker({ socketPath: options.endpoint.replace(/^unix:\/\//, "") });
  const images = new DockerImages(docker, options.endpoint);
  const { cgroupDriver } = await readVersion(docker, options.endpoint);
  await images.ensurePause(options.architecture);
  return new DockerRuntime(
    docker,
    images,
    { cgroupDriver, oomScoreFloor: await readOomScoreFloor() },
    options,
  );
}

async function readVersion(docker: Docker, endpoint: string): Promise<RuntimeVersion> {
  const [{ Version }, info] = await translated(endpoint, "reach the Docker Engine", () =>
    Promise.all([docker.version(), docker.info() as Promise<{ readonly CgroupDriver?: string }>]),
  );
  const cgroupDriver: CgroupDriver = info.CgroupDriver === "systemd" ? "systemd" : "cgroupfs";
  return { name: "docker", version: Version, cgroupDriver };
}

class DockerRuntime implements ContainerRuntime {
  readonly #docker: Docker;
  readonly #images: DockerImages;
  readonly #host: Host;
  readonly #options: DockerRuntimeOptions;

  constructor(docker: Docker, images: DockerImages, host: Host, options: DockerRuntimeOptions) {
    this.#docker = docker;
    this.#images = images;
    this.#host = host;
    this.#options = options;
  }

  /** Asks the engine each time: this is how the kubelet learns whether the runtime is up. */
  version(): Promise<RuntimeVersion> {
    return readVersion(this.#docker, this.#options.endpoint);
  }

  async runSandbox(config: SandboxConfig): Promise<string> {
    await this.#images.ensurePause(this.#options.architecture);
    const what = `create sandbox for pod "${config.pod.namespace}/${config.pod.name}"`;
    return this.#call(what, async () => {
      const container = await this.#docker.createContainer(sandboxOptions(config, this.#host));
      try {
        await container.start();
      } catch (error) {
        await this.removeSandbox(container.id);
        throw error;
      }
      return container.id;
    });
  }

  async stopSandbox(sandboxId: string): Promise<void> {
    const members = await this.#list(containerFilter({ sandboxId }));
    await Promise.all(members.map(({ Id }) => this.stopContainer(Id, 0)));
    await this.stopContainer(sandboxId, 0);
  }

  async removeSandbox(sandboxId: string): Promise<void> {
    const members = await this.#list(containerFilter({ sandboxId }));
    await Promise.all(members.map(({ Id }) => this.removeContainer(Id)));
    await this.removeContainer(sandboxId);
  }

  async listSandboxes(filter: { readonly podUid?: string } = {}): Promise<readonly SandboxStatus[]> {
    return newestFirst((await this.#inspectAll(sandboxFilter(filter))).map(sandboxStatusOf));
  }

  async createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    const { HostConfig } = await this.#inspect(sandboxId);
    const options = containerOptions(config, {
      sandboxId,
      cgroupParent: HostConfig.CgroupParent ?? "",
      ipc: HostConfig.IpcMode ?? "",
      seccompProfile: await readSeccompProfile(config),
      oomScoreFloor: this.#host.oomScoreFloor,
      logs: { ...DEFAULT_LOGS, ...this.#options.logs },
    });
    return this.#call(`create container "${config.name}"`, async () => {
      const { id } = await this.#docker.createContainer(options);
      return id;
    });
  }

  async startContainer(containerId: string): Promise<void> {
    try {
      await this.#docker.getContainer(containerId).start();
    } catch (error) {
      const { statusCode, json } = error as {
        readonly statusCode?: number;
        readonly json?: { message?: string };
      };
      // 400 and 500 are the engine's words for a process that cannot run: a missing executable, a bad mount.
      if (statusCode !== 400 && statusCode !== 500) {
        await this.#call(`start container "${containerId}"`, () => Promise.reject(error as Error));
      }
      throw new RuntimeError({ code: "cannotRun" }, json?.message ?? String(error), { cause: error });
    }
  }

  stopContainer(containerId: string, graceSeconds: number, signal?: AbortSignal): Promise<void> {
    const container = this.#docker.getContainer(containerId);
    const stopped = tolerant(this.#options.endpoint, `stop container "${containerId}"`, () =>
      container.stop({ t: Math.ceil(graceSeconds) }),
    );
    return abortable(stopped, signal);
  }

  removeContainer(containerId: string): Promise<void> {
    const container = this.#docker.getContainer(containerId);
    return tolerant(this.#options.endpoint, `remove container "${containerId}"`, () =>
      container.remove({ force: true, v: true }),
    );
  }

  async listContainers(filter: ContainerFilter = {}): Promise<readonly ContainerStatus[]> {
    const infos = await this.#inspectAll(containerFilter(filter));
    return newestFirst(await Promise.all(infos.map((info) => this.#statusOf(info))));
  }

  async listEntities(): Promise<readonly RuntimeEntity[]> {
    return (await this.#list(MANAGED_FILTER)).map(({ Id, Labels, State }) => {
      const { isSandbox, pod } = identityOf(Labels);
      return { type: isSandbox ? "sandbox" : "container", id: Id, pod, state: State };
    });
  }

  async containerStatus(containerId: string): Promise<ContainerStatus> {
    return this.#statusOf(await this.#inspect(containerId));
  }

  async updateContainerResources(containerId: string, resources: LinuxResources): Promise<void> {
    await this.#call(`update container "${containerId}"`, () =>
      this.#docker.getContainer(containerId).update(resourceOptions(resources, this.#host.oomScoreFloor)),
    );
  }

  async containerStats(containerId: string): Promise<ContainerStats> {
    const stats = await this.#call(`read usage of container "${containerId}"`, () =>
      this.#docker.getContainer(containerId).stats({ stream: false, "one-shot": true }),
    );
    const { usage, stats: memory } = stats.memory_stats;
    // cgroup v1 and v2 have different names for pages that can be dropped at no cost.
    const inactive = memory?.total_inactive_file ?? memory?.inactive_file ?? 0;
    return {
      cpuUsageNanoseconds: stats.cpu_stats.cpu_usage.total_usage,
      memoryUsageBytes: usage,
      memoryWorkingSetBytes: Math.max(0, usage - inactive),
    };
  }

  async execSync(
    containerId: string,
    command: readonly string[],
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<ExecResult> {
    const exec = await this.#createExec(containerId, {
      command,
      stdin: false,
      stdout: true,
      stderr: true,
      tty: false,
    });
    return runToEnd(exec, { command, timeoutMs, signal });
  }

  async exec(containerId: string, options: ExecOptions): Promise<ExecSession> {
    return (await this.#createExec(containerId, options)).session();
  }

  async attach(containerId: string, options: StreamOptions): Promise<ExecSession> {
    const container = this.#docker.getContainer(containerId);
    const info = await this.#running(containerId);
    const connection = await this.#call(`attach to container "${containerId}"`, () =>
      container.attach({ stream: true, hijack: true, ...options, logs: false }),
    );
    const hijacked: Hijacked = {
      connection: connection as Duplex,
      resize: async ({ columns, rows }) => {
        await this.#call("resize the terminal", () => container.resize({ w: columns, h: rows }));
      },
      exitCode: async () => (await this.#inspect(containerId)).State.ExitCode,
    };
    return createExecSession(hijacked, { ...options, tty: info.Config.Tty });
  }

  async portForward(sandboxId: string, port: number): Promise<Duplex> {
    const { State } = await this.#running(sandboxId);
    return this.#options.connectInNamespace(`/proc/${String(State.Pid)}/ns/net`, port);
  }

  async *logs(containerId: string, options: LogOptions): AsyncGenerator<LogLine, void, void> {
    const { LogPath } = await this.#inspect(containerId);
    const ended = () => containerEnd(this.#docker.getContainer(containerId), options.signal);
    try {
      yield* readLog(LogPath, options, ended);
    } catch (error) {
      throw dockerError(this.#options.endpoint, `read logs of container "${containerId}"`, error);
    }
  }

  pullImage(image: string, auth?: RegistryAuth, signal?: AbortSignal): Promise<string> {
    return this.#images.pull(image, auth, signal);
  }

  imageStatus(image: string): Promise<ImageStatus | undefined> {
    return this.#images.status(image);
  }

  listImages(): Promise<readonly ImageStatus[]> {
    return this.#images.list();
  }

  removeImage(imageId: string): Promise<void> {
    return this.#images.remove(imageId);
  }

  events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    return readEvents(this.#docker, this.#options.endpoint, signal);
  }

  /** The engine keeps what it runs; there is nothing to close but idle sockets, which time out by themselves. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #call<T>(what: string, call: () => Promise<T>): Promise<T> {
    return translated(this.#options.endpoint, what, call);
  }

  #inspect(id: string): Promise<ContainerInspectInfo> {
    return this.#call(`inspect container "${id}"`, () => this.#docker.getContainer(id).inspect());
  }

  async #running(id: string): Promise<ContainerInspectInfo> {
    const info = await this.#inspect(id);
    if (info.State.Running) return info;
    throw new RuntimeError({ code: "notRunning" }, `Container "${id}" is not running`);
  }

  #list(labels: readonly string[]): Promise<readonly ContainerInfo[]> {
    return this.#call("list containers", () =>
      this.#docker.listContainers({ all: true, filters: { label: [...labels] } }),
    );
  }

  /** Containers can be removed between the listing and their inspection. */
  async #inspectAll(labels: readonly string[]): Promise<readonly ContainerInspectInfo[]> {
    const found = await this.#list(labels);
    const infos = await Promise.all(found.map(({ Id }) => this.#inspectIfPresent(Id)));
    return infos.filter((info) => info !== undefined);
  }

  async #inspectIfPresent(id: string): Promise<ContainerInspectInfo | undefined> {
    try {
      return await this.#inspect(id);
    } catch (error) {
      if (error instanceof RuntimeError && error.detail.code === "notFound") return undefined;
      throw error;
    }
  }

  async #statusOf(info: ContainerInspectInfo): Promise<ContainerStatus> {
    return containerStatusOf(info, await this.#images.digestsOf(info.Image));
  }

  async #createExec(containerId: string, options: ExecOptions) {
    await this.#running(containerId);
    const exec = await this.#call(`execute in container "${containerId}"`, () =>
      this.#docker.getContainer(containerId).exec({
        Cmd: [...options.command],
        AttachStdin: options.stdin,
        AttachStdout: options.stdout,
        AttachStderr: options.stderr && !options.tty,
        Tty: options.tty,
      }),
    );
    const inspect = () => this.#call("inspect an exec", () => exec.inspect());
    const session = async (): Promise<ExecSession> => {
      const connection = await this.#call(`execute in container "${containerId}"`, () =>
        exec.start({ hijack: true, stdin: options.stdin, Tty: options.tty }),
      );
      const resize: Hijacked["resize"] = async ({ columns, rows }) => {
        await this.#call("resize the terminal", () => exec.resize({ w: columns, h: rows }));
      };
      const exitCode = async () => (await inspect()).ExitCode ?? 0;
      return createExecSession({ connection, resize, signal, exitCode }, options);
    };
    const pid = () => execPid(inspect);
    const signal = async (name: NodeJS.Signals): Promise<void> => {
      // Every exec is the leader of a session of its own, and so of a process group (runc `nsexec.c`).
      signalProcess(-(await pid().catch(() => 0)), name);
    };
    return { session, pid };
  }
}

function newestFirst<T extends { readonly createdAt: number; readonly attempt: number }>(
  entities: readonly T[],
): readonly T[] {
  return entities.toSorted((a, b) => b.createdAt - a.createdAt || b.attempt - a.attempt);
}

/** The engine wants the profile itself where Kubernetes gives its path. */
async function readSeccompProfile({ security: { seccomp } }: ContainerConfig): Promise<string | undefined> {
  if (typeof seccomp === "string") return undefined;
  try {
    return await readFile(seccomp.localhostPath, "utf8");
  } catch (cause) {
    throw new RuntimeError({ code: "cannotRun" }, `Cannot load seccomp profile "${seccomp.localhostPath}"`, {
      cause,
    });
  }
}
