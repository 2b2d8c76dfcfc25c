import type { Duplex } from "node:stream";
import type Docker from "dockerode";
import type { ExecOptions, ExecResult, ExecSession, LogLine, LogOptions, StreamOptions } from "../runtime.ts";
import type { DockerEngine } from "./docker-engine.ts";
import { dockerError } from "./docker-error.ts";
import { execPid } from "./exec-pid.ts";
import { createExecSession, type Hijacked } from "./exec-session.ts";
import { type Exec, type RunOptions, runToEnd } from "./exec-sync.ts";
import { containerEnd } from "./logs/container-end.ts";
import { readLog } from "./logs/read-log.ts";
import { signalProcess } from "./signal-process.ts";

/** Opens a TCP connection to loopback inside a network namespace given by its path. */
export type ConnectInNamespace = (namespacePath: string, port: number) => Promise<Duplex>;

/** The streaming side of the Docker adapter: what goes in and out of running containers, and their logs. */
export class DockerStreams {
  readonly #engine: DockerEngine;
  readonly #connectInNamespace: ConnectInNamespace;

  constructor(engine: DockerEngine, connectInNamespace: ConnectInNamespace) {
    this.#engine = engine;
    this.#connectInNamespace = connectInNamespace;
  }

  async execSync(containerId: string, options: RunOptions): Promise<ExecResult> {
    const { command } = options;
    const streams = { stdin: false, stdout: true, stderr: true, tty: false };
    return runToEnd(await this.#createExec(containerId, { command, ...streams }), options);
  }

  async exec(containerId: string, options: ExecOptions): Promise<ExecSession> {
    return (await this.#createExec(containerId, options)).session();
  }

  async attach(containerId: string, options: StreamOptions): Promise<ExecSession> {
    const container = this.#container(containerId);
    const info = await this.#engine.inspectRunning(containerId);
    const connection = await this.#engine.call(`attach to container "${containerId}"`, () =>
      container.attach({ stream: true, hijack: true, ...options, logs: false }),
    );
    const hijacked: Hijacked = {
      connection: connection as Duplex,
      resize: this.#resize(container),
      exitCode: async () => (await this.#engine.inspect(containerId)).State.ExitCode,
    };
    return createExecSession(hijacked, { ...options, tty: info.Config.Tty });
  }

  async portForward(sandboxId: string, port: number): Promise<Duplex> {
    const { State } = await this.#engine.inspectRunning(sandboxId);
    return this.#connectInNamespace(`/proc/${String(State.Pid)}/ns/net`, port);
  }

  async *logs(containerId: string, options: LogOptions): AsyncGenerator<LogLine, void, void> {
    const { LogPath } = await this.#engine.inspect(containerId);
    const ended = () => containerEnd(this.#container(containerId), options.signal);
    try {
      yield* readLog(LogPath, options, ended);
    } catch (error) {
      throw dockerError(this.#engine.endpoint, `read logs of container "${containerId}"`, error);
    }
  }

  async #createExec(containerId: string, options: ExecOptions): Promise<Exec> {
    await this.#engine.inspectRunning(containerId);
    const exec = await this.#engine.call(`execute in container "${containerId}"`, () =>
      this.#container(containerId).exec({
        Cmd: [...options.command],
        AttachStdin: options.stdin,
        AttachStdout: options.stdout,
        AttachStderr: options.stderr && !options.tty,
        Tty: options.tty,
      }),
    );
    const inspect = () => this.#engine.call("inspect an exec", () => exec.inspect());
    const pid = () => execPid(inspect);
    const session = async (): Promise<ExecSession> => {
      const connection = await this.#engine.call(`execute in container "${containerId}"`, () =>
        exec.start({ hijack: true, stdin: options.stdin, Tty: options.tty }),
      );
      const hijacked: Hijacked = {
        connection,
        resize: this.#resize(exec),
        // Every exec is the leader of a session of its own, and so of a process group (runc `nsexec.c`).
        signal: async (name) => signalProcess(-(await pid().catch(() => 0)), name),
        exitCode: async () => (await inspect()).ExitCode ?? 0,
      };
      return createExecSession(hijacked, options);
    };
    return { session, pid };
  }

  #resize(terminal: Docker.Container | Docker.Exec): Hijacked["resize"] {
    return async ({ columns, rows }) => {
      await this.#engine.call("resize the terminal", () => terminal.resize({ w: columns, h: rows }));
    };
  }

  #container(id: string): Docker.Container {
    return this.#engine.docker.getContainer(id);
  }
}
