import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServerHost } from "./kubelith-process.ts";

const ROOT = join(import.meta.dir, "../../..");
const SCRIPT = join(ROOT, "scripts/test-host");

export interface TestHostOptions {
  /** At most eight letters. */
  readonly name: string;
  /** Default true. */
  readonly docker?: boolean;
}

/** A test host of its own for one benchmark, with a directory on the disk that is measured. */
export class TestHost implements AsyncDisposable, ServerHost {
  readonly name: string;
  readonly address: string;
  readonly directory: string;
  readonly dockerSocket?: string;

  private constructor(host: Omit<ServerHost, "inside">) {
    this.name = host.name;
    this.address = host.address;
    this.directory = host.directory;
    if (host.dockerSocket !== undefined) this.dockerSocket = host.dockerSocket;
  }

  static async up({ name, docker = true }: TestHostOptions): Promise<TestHost> {
    await output([SCRIPT, "up", name, ...(docker ? [] : ["--no-docker"])]);
    return new TestHost({
      name,
      address: await output([SCRIPT, "address", name]),
      directory: await mkdtemp(join(tmpdir(), `kubelith-bench-${name}-`)),
      ...(docker && { dockerSocket: await output([SCRIPT, "socket", name]) }),
    });
  }

  /** The command line that runs `command` in the network of the host. */
  inside(command: readonly string[]): string[] {
    return ["nsenter", `--net=/run/netns/${this.name}`, ...command];
  }

  /** What a command in the network of the host says. Rejects when it fails. */
  output(command: readonly string[], options: { readonly stdin?: string } = {}): Promise<string> {
    return output(this.inside(command), options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await output([SCRIPT, "down", this.name]);
    await rm(this.directory, { recursive: true, force: true });
  }
}

export async function output(
  command: readonly string[],
  { stdin = "" }: { readonly stdin?: string } = {},
): Promise<string> {
  const child = Bun.spawn([...command], { stdin: Buffer.from(stdin), stdout: "pipe", stderr: "pipe" });
  const [text, errors, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (code !== 0) throw new Error(`Cannot run ${command.join(" ")}: ${errors.trim()}`);
  return text.trim();
}
