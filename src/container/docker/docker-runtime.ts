import { readFile } from "node:fs/promises";
import type { Duplex } from "node:stream";
import Docker, { type ContainerInspectInfo } from "dockerode";
import { abortable } from "#base/disposable.ts";
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
import { DockerEngine } from "./docker-engine.ts";
import { startError } from "./docker-error.ts";
import { readEvents } from "./docker-events.ts";
import { DockerImages } from "./docker-images.ts";
import { type ConnectInNamespace, DockerStreams } from "./docker-streams.ts";
import { containerFilter, identityOf, MANAGED_FILTER, sandboxFilter } from "./labels.ts";
import { readOomScoreFloor } from "./oom-score.ts";
import { containerStatsOf, containerStatusOf, sandboxStatusOf } from "./statuses.ts";

export interface DockerRuntimeOptions {
  /** `unix:///var/run/docker.sock`. */
  readonly endpoint: string;
  /** Architecture of the host as `process.arch` names it. */
  readonly architecture: string;
  /** Default: what the kubelet's `containerLogMaxSize` and `containerLogMaxFiles` default to. */
  readonly logs?: Partial<LogLimits>;
  readonly connectInNamespace: ConnectInNamespace;
}

const DEFAULT_LOGS: LogLimits = { maxSizeBytes: 10 * 2 ** 20, maxFiles: 5 };

/** Connects to a Docker Engine. Rejects with `unreachable` when none answers. */
export async function createDockerRuntime(options: DockerRuntimeOptions): Promise<ContainerRuntime> {
  const { endpoint, architecture, connectInNamespace, logs } = options;
  const docker = new Docker({ socketPath: endpoint.replace(/^unix:\/\//, "") });
  const engine = new DockerEngine(docker, endpoint);
  const images = new DockerImages(engine, architecture);
  const { cgroupDriver } = await readVersion(engine);
  await images.ensurePause();
  return new DockerRuntime(
    { cgroupDriver, oomScoreFloor: await readOomScoreFloor(), logs: { ...DEFAULT_LOGS, ...logs } },
    { engine, images, streams: new DockerStreams(engine, connectInNamespace) },
  );
}

async function readVersion(engine: DockerEngine): Promise<RuntimeVersion> {
  const { docker } = engine;
  const [{ Version }, info] = await engine.call("reach the Docker Engine", () =>
    Promise.all([docker.version(), docker.info() as Promise<{ readonly CgroupDriver?: string }>]),
  );
  const cgroupDriver: CgroupDriver = info.CgroupDriver === "systemd" ? "systemd" : "cgroupfs";
  return { name: "docker", version: Version, cgroupDriver };
}

/** What holds for all containers. */
interface Settings extends Host {
  readonly logs: LogLimits;
}

interface DockerParts {
  readonly engine: DockerEngine;
  readonly images: DockerImages;
  readonly streams: DockerStreams;
}

class DockerRuntime implements ContainerRuntime {
  readonly #settings: Settings;
  readonly #engine: DockerEngine;
  readonly #images: DockerImages;
  readonly #streams: DockerStreams;

  constructor(settings: Settings, { engine, images, streams }: DockerParts) {
    this.#settings = settings;
    this.#engine = engine;
    this.#images = images;
    this.#streams = streams;
  }

  /** Asks the engine each time: this is how the kubelet learns whether the runtime is up. */
  version(): Promise<RuntimeVersion> {
    return readVersion(this.#engine);
  }

  async runSandbox(config: SandboxConfig): Promise<string> {
    await this.#images.ensurePause();
    const what = `create sandbox for pod "${config.pod.namespace}/${config.pod.name}"`;
    return this.#engine.call(what, async () => {
      const container = await this.#engine.docker.createContainer(sandboxOptions(config, this.#settings));
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
    const members = await this.#engine.list(containerFilter({ sandboxId }));
    await Promise.all(members.map(({ Id }) => this.stopContainer(Id, 0)));
    await this.stopContainer(sandboxId, 0);
  }

  async removeSandbox(sandboxId: string): Promise<void> {
    const members = await this.#engine.list(containerFilter({ sandboxId }));
    await Promise.all(members.map(({ Id }) => this.removeContainer(Id)));
    await this.removeContainer(sandboxId);
  }

  async listSandboxes(filter: { readonly podUid?: string } = {}): Promise<readonly SandboxStatus[]> {
    return newestFirst((await this.#engine.inspectAll(sandboxFilter(filter))).map(sandboxStatusOf));
  }

  async createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    const { HostConfig } = await this.#engine.inspect(sandboxId);
    const options = containerOptions(config, {
      sandboxId,
      cgroupParent: HostConfig.CgroupParent ?? "",
      ipc: HostConfig.IpcMode ?? "",
      seccompProfile: await readSeccompProfile(config),
      oomScoreFloor: this.#settings.oomScoreFloor,
      logs: this.#settings.logs,
    });
    return this.#engine.call(`create container "${config.name}"`, async () => {
      const { id } = await this.#engine.docker.createContainer(options);
      return id;
    });
  }

  async startContainer(containerId: string): Promise<void> {
    try {
      await this.#container(containerId).start();
    } catch (error) {
      throw startError(this.#engine.endpoint, containerId, error);
    }
  }

  stopContainer(containerId: string, graceSeconds: number, signal?: AbortSignal): Promise<void> {
    const stopped = this.#engine.settle(`stop container "${containerId}"`, () =>
      this.#container(containerId).stop({ t: Math.ceil(graceSeconds) }),
    );
    return abortable(stopped, signal);
  }

  removeContainer(containerId: string): Promise<void> {
    return this.#engine.settle(`remove container "${containerId}"`, () =>
      this.#container(containerId).remove({ force: true, v: true }),
    );
  }

  async listContainers(filter: ContainerFilter = {}): Promise<readonly ContainerStatus[]> {
    const infos = await this.#engine.inspectAll(containerFilter(filter));
    return newestFirst(await Promise.all(infos.map((info) => this.#statusOf(info))));
  }

  async listEntities(): Promise<readonly RuntimeEntity[]> {
    return (await this.#engine.list(MANAGED_FILTER)).map(({ Id, Labels, State }) => {
      const { isSandbox, pod } = identityOf(Labels);
      return { type: isSandbox ? "sandbox" : "container", id: Id, pod, state: State };
    });
  }

  async containerStatus(containerId: string): Promise<ContainerStatus> {
    return this.#statusOf(await this.#engine.inspect(containerId));
  }

  async updateContainerResources(containerId: string, resources: LinuxResources): Promise<void> {
    await this.#engine.call(`update container "${containerId}"`, () =>
      this.#container(containerId).update(resourceOptions(resources, this.#settings.oomScoreFloor)),
    );
  }

  async containerStats(containerId: string): Promise<ContainerStats> {
    const stats = await this.#engine.call(`read usage of container "${containerId}"`, () =>
      this.#container(containerId).stats({ stream: false, "one-shot": true }),
    );
    return containerStatsOf(stats);
  }

  execSync(
    containerId: string,
    command: readonly string[],
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<ExecResult> {
    return this.#streams.execSync(containerId, { command, timeoutMs, signal });
  }

  exec(containerId: string, options: ExecOptions): Promise<ExecSession> {
    return this.#streams.exec(containerId, options);
  }

  attach(containerId: string, options: StreamOptions): Promise<ExecSession> {
    return this.#streams.attach(containerId, options);
  }

  portForward(sandboxId: string, port: number): Promise<Duplex> {
    return this.#streams.portForward(sandboxId, port);
  }

  logs(containerId: string, options: LogOptions): AsyncIterable<LogLine> {
    return this.#streams.logs(containerId, options);
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
    return readEvents(this.#engine, signal);
  }

  /** The engine keeps what it runs; there is nothing to close but idle sockets, which time out by themselves. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #container(id: string): Docker.Container {
    return this.#engine.docker.getContainer(id);
  }

  async #statusOf(info: ContainerInspectInfo): Promise<ContainerStatus> {
    return containerStatusOf(info, await this.#images.digestsOf(info.Image));
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
