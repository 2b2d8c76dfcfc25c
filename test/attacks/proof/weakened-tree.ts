import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { changesOf, type Weakening, weaken } from "./weakening.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const COPIED = ["src", "test", "package.json", "bunfig.toml", "tsconfig.json"];

/** An attack that is stuck in a server without its check fails, too. */
const TEST_TIMEOUT_MS = 20_000;

/** A server without a check may run wild: it gets this long, and this much address space, of which Bun reserves half. */
const RUN_TIMEOUT_MS = 180_000;
const MAX_KIBIBYTES = 12 * 1024 * 1024;

export interface SuiteResult {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  /** What the run has printed. */
  readonly output: string;
}

/** A copy of the sources in which checks are taken out, one after the other. */
export class WeakenedTree implements AsyncDisposable {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async create(): Promise<WeakenedTree> {
    const directory = await mkdtemp(join(tmpdir(), "kubelith-weakened-"));
    await Promise.all(COPIED.map((name) => cp(join(ROOT, name), join(directory, name), { recursive: true })));
    await symlink(join(ROOT, "node_modules"), join(directory, "node_modules"));
    return new WeakenedTree(directory);
  }

  /** Runs the tests of a suite whose names match, against what the weakening leaves of the server. */
  async attack(weakening: Weakening, pattern: string): Promise<SuiteResult> {
    const originals = new Map<string, string>();
    try {
      for (const change of changesOf(weakening)) {
        const path = join(this.#directory, change.file);
        const text = await readFile(path, "utf8");
        if (!originals.has(path)) originals.set(path, text);
        await writeFile(path, weaken(text, change));
      }
      return await this.run(weakening.suite, pattern);
    } finally {
      for (const [path, text] of originals) await writeFile(path, text);
    }
  }

  async run(suite: string, pattern: string): Promise<SuiteResult> {
    const timeout = String(TEST_TIMEOUT_MS);
    const bounded = ["sh", "-c", `ulimit -v ${String(MAX_KIBIBYTES)}; exec "$@"`, "bounded"];
    const command = [process.execPath, "test", "--timeout", timeout, "-t", pattern, `./${suite}`];
    const child = Bun.spawn([...bounded, ...command], {
      cwd: this.#directory,
      env: ENVIRONMENT,
      timeout: RUN_TIMEOUT_MS,
      killSignal: "SIGKILL",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    const output = stdout + stderr;
    return { passed: named(output, "pass"), failed: named(output, "fail"), output };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** Without variables that make `bun test` print less. */
const ENVIRONMENT = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "" };

function named(output: string, result: "pass" | "fail"): readonly string[] {
  const lines = output.matchAll(new RegExp(`^\\(${result}\\) (.*?)(?: \\[[\\d.]+ms\\])?$`, "gm"));
  return [...lines].map(([, name = ""]) => name);
}
