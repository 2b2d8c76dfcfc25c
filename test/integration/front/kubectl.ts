import { readdirSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** From this minor version on kubectl reads aggregated discovery and OpenAPI v3, and prints as today's does. */
const MODERN_MINOR = 27;

/** Those of `installedKubectls` that behave as today's documentation says. */
export function modernKubectls(): readonly string[] {
  return installedKubectls().filter((path) => minorVersion(path) >= MODERN_MINOR);
}

/** The 31 of kubectl 1.31. */
export function minorVersion(kubectl: string): number {
  const { stdout } = Bun.spawnSync([kubectl, "version", "--client", "-o", "json"]);
  const { clientVersion } = JSON.parse(stdout.toString()) as { clientVersion: { minor: string } };
  return Number.parseInt(clientVersion.minor, 10);
}

/**
 * The versions of kubectl on this machine: those that stand beside the one on the PATH with their version in the
 * name (`kubectl.1.31`), or else the one on the PATH. The oldest comes first.
 */
export function installedKubectls(): readonly string[] {
  const found = Bun.which("kubectl");
  if (found === null) return [];
  const path = realpathSync(found);
  const versions = readdirSync(dirname(path)).filter((name) => /^kubectl\.\d+\.\d+$/.test(name));
  const byMinor = versions.toSorted((a, b) => minorOf(a) - minorOf(b));
  return byMinor.length === 0 ? [path] : byMinor.map((name) => join(dirname(path), name));
}

export interface KubectlOptions {
  readonly kubeconfig: string;
  /** Holds what kubectl caches. */
  readonly home: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** A command line that runs it elsewhere, such as in another network. */
  readonly prefix?: readonly string[];
}

export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The newest version of kubectl on this machine, with a server's kubeconfig and a folder for what it caches. */
export function newestKubectl(server: { readonly kubeconfig: string; readonly directory: string }): Kubectl {
  const { kubeconfig, directory } = server;
  return new Kubectl(installedKubectls().at(-1) ?? "kubectl", { kubeconfig, home: directory });
}

/** Runs one version of kubectl against one server. */
export class Kubectl {
  readonly #command: readonly string[];
  readonly #environment: Readonly<Record<string, string>>;

  constructor(path: string, { kubeconfig, home, environment, prefix = [] }: KubectlOptions) {
    this.#command = [...prefix, path];
    // It calls other programs, such as `diff`.
    const { PATH = "" } = process.env;
    this.#environment = { PATH, KUBECONFIG: kubeconfig, HOME: join(home, basename(path)), ...environment };
  }

  /** What it prints. Throws when it fails. */
  async run(...args: readonly string[]): Promise<string> {
    return await this.pipe("", ...args);
  }

  /** Like `run`, with something to read. */
  async pipe(input: string, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.try(input, ...args);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")} exited with ${String(code)}: ${stderr}`);
    return stdout + stderr;
  }

  /** Whatever comes of it. */
  async try(input: string, ...args: readonly string[]): Promise<KubectlResult> {
    const process = this.start(args, Buffer.from(input));
    const [stdout, stderr, code] = await Promise.all([
      process.stdout.text(),
      process.stderr.text(),
      process.exited,
    ]);
    return { code, stdout, stderr };
  }

  /** The command line and the environment of a kubectl that somebody else starts. */
  commandOf(...args: readonly string[]) {
    return { command: [...this.#command, ...args], environment: this.#environment };
  }

  /** A kubectl that goes on until it is killed. */
  start(args: readonly string[], stdin: Uint8Array | "ignore" = "ignore") {
    return Bun.spawn([...this.#command, ...args], {
      env: this.#environment,
      stdin,
      stdout: "pipe",
      stderr: "pipe",
    });
  }
}

function minorOf(name: string): number {
  return Number(name.slice(name.lastIndexOf(".") + 1));
}
