/** A test host that runs the compiled executable, driven by real kubectl. */
import { closeSync, openSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { Kubectl, type KubectlOptions } from "../integration/front/kubectl.ts";
import { DockerHost, sh } from "./docker-host.ts";

/** What `scripts/build` made. */
export const EXECUTABLE = join(import.meta.dir, "../../dist/kubelith");

/** Makes test hosts. */
export const TEST_HOST_SCRIPT = join(import.meta.dir, "../../scripts/test-host");

/** An image of busybox whose commands are linked in `/bin`. */
export const BUSYBOX = "kubelith.test/busybox:1";

const DEFAULT_TIMEOUT_MS = 60_000;
const POLL_MS = 100;

export interface KubelithHostOptions {
  /** At most eight letters, unlike those of all other test files. */
  readonly name: string;
  readonly flags?: readonly string[];
  /** Knows the host by an IPv6 address. */
  readonly isIPv6?: boolean;
  /** Leaves it to the server to know its address. */
  readonly isAddressLeft?: boolean;
  /** Gives the data directory a file system of its own, of this size. */
  readonly diskMB?: number;
}

/** One machine of a cluster. Disposal leaves nothing behind. */
export class KubelithHost implements AsyncDisposable {
  readonly name: string;
  readonly docker: DockerHost;
  /** Address of the host, of IPv4 unless it was to be another one. */
  address: string;
  readonly directory: string;
  readonly kubectl: Kubectl;
  readonly #flags: readonly string[];
  readonly #isAddressLeft: boolean;
  #server: Subprocess | undefined;

  private constructor(
    docker: DockerHost,
    { address, directory }: { readonly address: string; readonly directory: string },
    { flags = [], isAddressLeft = false }: KubelithHostOptions,
  ) {
    this.name = docker.name;
    this.docker = docker;
    this.address = address;
    this.directory = directory;
    this.#flags = flags;
    this.#isAddressLeft = isAddressLeft;
    this.kubectl = this.kubectlAt(Bun.which("kubectl") ?? "kubectl");
  }

  /** A host with a server whose node is ready. */
  static async start(options: KubelithHostOptions): Promise<KubelithHost> {
    const { name, diskMB, isIPv6 = false } = options;
    await using stack = new AsyncDisposableStack();
    const docker = stack.use(await DockerHost.start(name));
    await docker.importBusybox(BUSYBOX);
    const directory = await mkdtemp(join(tmpdir(), `kubelith-${name}-`));
    const own = await sh(TEST_HOST_SCRIPT, "address", name);
    const address = isIPv6 ? await docker.addIPv6(own) : own;
    const host = new KubelithHost(docker, { address, directory }, options);
    if (diskMB !== undefined) {
      await mkdir(host.dataDirectory);
      await sh("mount", "-t", "tmpfs", "-o", `size=${String(diskMB)}m`, "kubelith-test", host.dataDirectory);
    }
    await host.startServer();
    stack.move();
    return host;
  }

  get dataDirectory(): string {
    return join(this.directory, "data");
  }

  get kubeconfig(): string {
    return join(this.directory, "kubeconfig");
  }

  /** What the server has logged in all its lives. */
  log(): Promise<string> {
    return readFile(this.#logFile, "utf8");
  }

  get pid(): number {
    return this.#running.pid;
  }

  /** Starts the server and waits until its node is ready. */
  async startServer(): Promise<void> {
    this.spawnServer();
    await this.eventually(async () => {
      if (this.#running.exitCode !== null) throw new Error(`The server ended:\n${await this.log()}`);
      const ready = await this.jsonpath("node", this.name, '{.status.conditions[?(@.type=="Ready")].status}');
      if (ready !== "True") throw new Error(`The node is not ready:\n${await this.log()}`);
      // What the API says of the node may be from before this start.
      await this.kubectl.run("get", "--raw", `/api/v1/nodes/${this.name}/proxy/healthz`);
    });
  }

  /** Starts the server, without waiting for anything. */
  spawnServer(): void {
    const log = openSync(this.#logFile, "a");
    this.#server = Bun.spawn(this.inside(EXECUTABLE, "server", ...this.flags), {
      stdin: "ignore",
      stdout: log,
      stderr: log,
    });
    closeSync(log);
  }

  /** Sends the server a signal and waits for its end. Returns its exit code, null when the signal ended it. */
  async stopServer(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<number | null> {
    const server = this.#running;
    server.kill(signal);
    await server.exited;
    return server.exitCode;
  }

  /** A command line that runs in the network of the host. */
  inside(...command: readonly string[]): string[] {
    return ["nsenter", `--net=${this.docker.namespace}`, ...command];
  }

  /** Runs a command in the network of the host; what it prints. */
  run(...command: readonly string[]): Promise<string> {
    return sh(...this.inside(...command));
  }

  /** Another version of kubectl. */
  kubectlAt(path: string): Kubectl {
    const options: KubectlOptions = { kubeconfig: this.kubeconfig, home: this.directory };
    return new Kubectl(path, { ...options, prefix: this.inside() });
  }

  async changeAddress(address: string): Promise<void> {
    await this.docker.changeAddress(this.address, address);
    this.address = address;
  }

  async apply(manifest: string | readonly object[]): Promise<string> {
    const text =
      typeof manifest === "string"
        ? manifest
        : JSON.stringify({ apiVersion: "v1", kind: "List", items: manifest });
    return await this.kubectl.pipe(text, "apply", "-f", "-");
  }

  async jsonpath(kind: string, name: string, path: string): Promise<string> {
    return await this.kubectl.run("get", kind, name, "-o", `jsonpath=${path}`);
  }

  async json<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.kubectl.run("get", ...args, "-o", "json")) as T;
  }

  /** Tries until the check neither throws nor takes too long; its result. */
  async eventually<T>(check: () => Promise<T>, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<T> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      try {
        return await check();
      } catch (error) {
        if (Date.now() > end) throw error;
      }
      await Bun.sleep(POLL_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server?.exitCode === null) await this.stopServer("SIGKILL");
    await this.docker[Symbol.asyncDispose]();
    await unmountBelow(this.directory);
    await rm(this.directory, { recursive: true, force: true });
  }

  get #logFile(): string {
    return join(this.directory, "log");
  }

  get #running(): Subprocess {
    if (this.#server === undefined) throw new Error("The server was never started");
    return this.#server;
  }

  /** What the server is started with. */
  get flags(): string[] {
    const flags = {
      "data-dir": this.dataDirectory,
      "write-kubeconfig": this.kubeconfig,
      "node-name": this.name,
      ...(!this.#isAddressLeft && { "node-ip": this.address }),
      "container-runtime-endpoint": this.docker.endpoint,
    };
    return [...Object.entries(flags).map(([name, value]) => `--${name}=${value}`), ...this.#flags];
  }
}

/** Volumes in memory stay mounted when a server is killed, as they should. */
export async function unmountBelow(directory: string): Promise<void> {
  const mounts = await readFile("/proc/mounts", "utf8");
  const points = mounts.split("\n").map((line) => line.split(" ")[1] ?? "");
  for (const point of points.filter((each) => each.startsWith(`${directory}/`)).reverse())
    await sh("umount", "-l", point);
}
