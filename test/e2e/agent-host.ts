/** A test host that runs `kubelith agent`, as a node of a cluster that another test host serves. */
import { closeSync, openSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { DockerHost, sh } from "./docker-host.ts";
import { BUSYBOX, EXECUTABLE, type KubelithHost, TEST_HOST_SCRIPT, unmountBelow } from "./kubelith-host.ts";
import { putBehindNat } from "./nat.ts";

export interface AgentHostOptions {
  /** At most eight letters, unlike those of all other test files. */
  readonly name: string;
  readonly server: KubelithHost;
  readonly flags?: readonly string[];
  /** Knows the host by an IPv6 address. */
  readonly isIPv6?: boolean;
  /** Leaves it to the agent to know its address, as long as there is one. */
  readonly isAddressLeft?: boolean;
  /** Puts the host behind another one of this name, which hides it. */
  readonly gateway?: string;
}

/** Disposal leaves nothing behind. */
export class AgentHost implements AsyncDisposable {
  readonly name: string;
  readonly docker: DockerHost;
  /** Address of the host, of IPv4 unless it was to be another one. */
  address: string;
  readonly directory: string;
  readonly #server: KubelithHost;
  readonly #flags: readonly string[];
  readonly #isAddressLeft: boolean;
  readonly #hosts: AsyncDisposable;
  #agent: Subprocess | undefined;

  private constructor(
    { server, flags = [], isAddressLeft = false }: AgentHostOptions,
    docker: DockerHost,
    { address, directory }: { readonly address: string; readonly directory: string },
    hosts: AsyncDisposable,
  ) {
    this.name = docker.name;
    this.docker = docker;
    this.address = address;
    this.directory = directory;
    this.#server = server;
    this.#flags = flags;
    this.#isAddressLeft = isAddressLeft;
    this.#hosts = hosts;
  }

  /** A host whose node is not there yet. */
  static async create(options: AgentHostOptions): Promise<AgentHost> {
    await using stack = new AsyncDisposableStack();
    const docker = stack.use(await DockerHost.start(options.name));
    await docker.importBusybox(BUSYBOX);
    const { gateway, isIPv6 = false } = options;
    const nat = gateway === undefined ? undefined : stack.use(await putBehindNat(docker, gateway));
    const own = nat?.address ?? (await sh(TEST_HOST_SCRIPT, "address", options.name));
    const address = isIPv6 ? await docker.addIPv6(own) : own;
    const directory = await mkdtemp(join(tmpdir(), `kubelith-${options.name}-`));
    return new AgentHost(options, docker, { address, directory }, stack.move());
  }

  /** A host that has joined with the server's token, and whose node is ready. */
  static async start(options: AgentHostOptions): Promise<AgentHost> {
    const host = await AgentHost.create(options);
    const token = (await readFile(join(options.server.dataDirectory, "server", "token"), "utf8")).trim();
    host.spawn([`--token=${token}`]);
    await host.ready();
    return host;
  }

  get dataDirectory(): string {
    return join(this.directory, "data");
  }

  /** What the agent has logged in all its lives. */
  log(): Promise<string> {
    return readFile(join(this.directory, "log"), "utf8");
  }

  /** Starts the agent, without waiting for anything. */
  spawn(flags: readonly string[] = []): void {
    const log = openSync(join(this.directory, "log"), "a");
    const own = [
      `--server=https://${inUrl(this.#server.address)}:6443`,
      `--data-dir=${this.dataDirectory}`,
      `--node-name=${this.name}`,
      ...(this.#isAddressLeft ? [] : [`--node-ip=${this.address}`]),
      `--container-runtime-endpoint=${this.docker.endpoint}`,
    ];
    const command = [EXECUTABLE, "agent", ...own, ...this.#flags, ...flags];
    this.#agent = Bun.spawn(["nsenter", `--net=${this.docker.namespace}`, ...command], {
      stdin: "ignore",
      stdout: log,
      stderr: log,
    });
    closeSync(log);
  }

  /** Waits until the node is ready. */
  async ready(): Promise<void> {
    await this.#server.eventually(async () => {
      if (this.#running.exitCode !== null) throw new Error(`The agent ended:\n${await this.log()}`);
      const path = '{.status.conditions[?(@.type=="Ready")].status}';
      const ready = await this.#server.jsonpath("node", this.name, path);
      if (ready !== "True") throw new Error(`The node is not ready:\n${await this.log()}`);
    });
  }

  /** Sends the agent a signal and waits for its end. Returns its exit code, null when the signal ended it. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<number | null> {
    const agent = this.#running;
    agent.kill(signal);
    await agent.exited;
    return agent.exitCode;
  }

  async changeAddress(address: string): Promise<void> {
    await this.docker.changeAddress(this.address, address);
    this.address = address;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#agent?.exitCode === null) await this.stop("SIGKILL");
    await this.#hosts[Symbol.asyncDispose]();
    await unmountBelow(this.directory);
    await rm(this.directory, { recursive: true, force: true });
  }

  get #running(): Subprocess {
    if (this.#agent === undefined) throw new Error("The agent was never started");
    return this.#agent;
  }
}

/** An address as URLs have it. */
export function inUrl(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
