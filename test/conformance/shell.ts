import { expect } from "bun:test";
import { cp, mkdir, symlink } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { minorVersion } from "../integration/front/kubectl.ts";
import type { TestControlPlane } from "./control-plane.ts";
import { normalizeOutput, parseTranscript, type Step } from "./transcript.ts";

/** How long controllers may take until a command that only reads prints what it should. */
const PATIENCE_MS = 15_000;
const READS = /^kubectl (get|describe|rollout (history|status)|events|wait|top|explain)\b/;

export interface ShellOptions {
  readonly controlPlane: TestControlPlane;
  /** The executable. */
  readonly kubectl: string;
  /** Of the namespace and the folder, so nobody else may have it. */
  readonly name: string;
  /** What commands find there besides what every shell has. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A shell in a namespace and a folder of its own, with one version of kubectl and copies of all manifests. */
export class Shell {
  readonly #directory: string;
  readonly #minor: number;
  readonly #environment: Readonly<Record<string, string>>;

  private constructor(directory: string, minor: number, environment: Readonly<Record<string, string>>) {
    this.#directory = directory;
    this.#minor = minor;
    this.#environment = environment;
  }

  static async open({ controlPlane, kubectl, name, environment = {} }: ShellOptions): Promise<Shell> {
    const directory = join(controlPlane.directory, name);
    await mkdir(join(directory, "bin"), { recursive: true });
    await symlink(kubectl, join(directory, "bin", "kubectl"));
    await cp(join(import.meta.dir, "manifests"), directory, { recursive: true });
    await cp(controlPlane.kubeconfig, join(directory, "kubeconfig"));
    const shell = new Shell(directory, minorVersion(kubectl), environment);
    const namespace = name.replaceAll(".", "-");
    await shell.#run(`kubectl create namespace ${namespace}`);
    await shell.#run(`kubectl config set-context --current --namespace=${namespace}`);
    return shell;
  }

  /** Plays the steps of a file that are for this version of kubectl. */
  async playFile(path: string): Promise<void> {
    const steps = parseTranscript(await Bun.file(path).text());
    for (const step of steps) if (step.leastMinor <= this.#minor) await this.#play(step);
  }

  /** Runs a step until it does what it should, or once if it changes something. */
  async #play({ command, pattern, expected, exitCode }: Step): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    let result = await this.#run(command);
    const isGood = (): boolean => result.code === exitCode && pattern.test(result.output);
    while (!isGood() && READS.test(command) && Date.now() < deadline) result = await this.#run(command);
    if (isGood()) return;
    expect(`$ ${command}\n${result.output}[${String(result.code)}]`).toBe(
      `$ ${command}\n${expected}\n[${String(exitCode)}]`,
    );
  }

  async #run(command: string): Promise<{ readonly code: number; readonly output: string }> {
    const { PATH = "" } = process.env;
    const shell = Bun.spawn(["/bin/sh", "-c", `exec 2>&1\n${command}`], {
      cwd: this.#directory,
      env: {
        ...this.#environment,
        PATH: `${join(this.#directory, "bin")}${delimiter}${PATH}`,
        HOME: this.#directory,
        KUBECONFIG: join(this.#directory, "kubeconfig"),
      },
      stdin: "ignore",
      stdout: "pipe",
    });
    const output = normalizeOutput(await shell.stdout.text());
    return { code: await shell.exited, output };
  }
}
