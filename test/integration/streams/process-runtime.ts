import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { type Duplex, PassThrough } from "node:stream";
import { FakeContainerRuntime } from "#container/fake/fake-runtime.ts";
import type { ExecOptions, ExecSession } from "#container/runtime.ts";

/** A runtime whose execs are processes of this machine, and whose pods listen on its loopback address. */
export class ProcessRuntime extends FakeContainerRuntime {
  /** Process ids of the execs that run. */
  readonly running = new Set<number>();
  /** Sizes that terminals were given. */
  readonly sizes: string[] = [];

  override async exec(
    containerId: string,
    { command, stdin, stdout, stderr }: ExecOptions,
  ): Promise<ExecSession> {
    await this.containerStatus(containerId);
    const [program = "", ...args] = command;
    const process = spawn(program, args);
    await once(process, "spawn");
    const { pid = 0 } = process;
    this.running.add(pid);
    process.on("close", () => this.running.delete(pid));
    process.stdin.on("error", () => undefined);
    if (!stdin) process.stdin.end();
    // Bun drops what a process has left behind when nobody reads yet.
    const outputs = {
      stdout: process.stdout.pipe(new PassThrough()),
      stderr: process.stderr.pipe(new PassThrough()),
    };
    if (!stdout) outputs.stdout.resume();
    if (!stderr) outputs.stderr.resume();
    return {
      stdin: stdin ? process.stdin : undefined,
      stdout: stdout ? outputs.stdout : undefined,
      stderr: stderr ? outputs.stderr : undefined,
      resize: async ({ columns, rows }) => void this.sizes.push(`${String(columns)}x${String(rows)}`),
      exitCode: once(process, "close").then(([code]) => (code as number | null) ?? 137),
      [Symbol.asyncDispose]: async () => void process.kill("SIGKILL"),
    };
  }

  override async portForward(_sandboxId: string, port: number): Promise<Duplex> {
    const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    await once(socket, "connect");
    return socket;
  }
}
