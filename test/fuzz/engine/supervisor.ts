import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChildOptions } from "./child.ts";
import type { Failure, FuzzReport } from "./fuzzer.ts";
import { Pulse } from "./pulse.ts";

/** What became of one target. */
export interface TargetResult extends Omit<FuzzReport, "failures"> {
  readonly name: string;
  readonly seconds: number;
  readonly failures: readonly Failure[];
}

const MAX_INPUT_BYTES = 1024 * 1024;

/** The time of the processor that one input may take before its process is ended. */
const MAX_CPU_SECONDS = 10;
/** The time without any progress, for inputs that wait for something. */
const MAX_STILL_SECONDS = 300;
const LOOK_EVERY_MS = 250;

/** Linux counts the time of processes in hundredths of a second. */
const TICKS_PER_SECOND = 100;

const NOTHING: Omit<FuzzReport, "failures"> = { inputs: 0, accepted: 0, refused: 0, kept: 0, branches: 0 };

/** Runs a target in a process of its own, which is ended when an input makes it hang. */
export async function superviseTarget(
  name: string,
  options: Omit<ChildOptions, "pulse">,
): Promise<TargetResult> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "kubelith-fuzz-"));
  stack.defer(() => rm(directory, { recursive: true }));
  const path = join(directory, "pulse");
  const pulse = await Pulse.create(path, MAX_INPUT_BYTES);
  const start = performance.now();
  let report: FuzzReport | undefined;
  let stderr = "";
  const child = Bun.spawn({
    cmd: [
      process.execPath,
      join(import.meta.dirname, "child.ts"),
      name,
      JSON.stringify({ ...options, pulse: path }),
    ],
    env: { ...process.env, TZ: "UTC" },
    stdout: "ignore",
    stderr: "pipe",
    ipc: (message: FuzzReport) => void (report = message),
  });
  stack.defer(() => child.kill("SIGKILL"));
  const [hang] = await Promise.all([
    watchProgress(child, pulse),
    readText(child.stderr).then((text) => (stderr = text)),
  ]);
  const seconds = (performance.now() - start) / 1000;
  if (report !== undefined && child.exitCode === 0) return { ...report, name, seconds };
  const detail =
    hang ?? `The process ended with ${String(child.signalCode ?? child.exitCode)}\n${stderr.slice(-3000)}`;
  const isStarted = pulse.count > 0;
  const failure = { detail, ...(isStarted && { input: pulse.input.toString("base64") }) };
  return { ...NOTHING, inputs: pulse.count, name, seconds, failures: [failure] };
}

/** Waits for the end of the process; says why it had to be ended. */
async function watchProgress(child: Bun.Subprocess, pulse: Pulse): Promise<string | undefined> {
  let last = { count: -1, cpu: 0, at: performance.now() };
  for (;;) {
    const isOver = await Promise.race([
      child.exited.then(() => true),
      Bun.sleep(LOOK_EVERY_MS).then(() => false),
    ]);
    if (isOver) return undefined;
    const { count } = pulse;
    const cpu = await cpuSecondsOf(child.pid);
    if (count !== last.count || count === 0) last = { count, cpu, at: performance.now() };
    const still = (performance.now() - last.at) / 1000;
    if (cpu - last.cpu <= MAX_CPU_SECONDS && still <= MAX_STILL_SECONDS) continue;
    child.kill("SIGKILL");
    await child.exited;
    return cpu - last.cpu > MAX_CPU_SECONDS
      ? `Hangs: more than ${String(MAX_CPU_SECONDS)} s of the processor`
      : `Hangs: nothing has happened for ${String(MAX_STILL_SECONDS)} s`;
  }
}

/** The processor's time of a process; none of one that has ended in the meantime. */
async function cpuSecondsOf(pid: number): Promise<number> {
  try {
    const text = await readFile(`/proc/${String(pid)}/stat`, "utf8");
    // The name of the program, in parentheses, may contain anything.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_SECOND;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}

async function readText(stream: ReadableStream<Uint8Array>): Promise<string> {
  return await new Response(stream).text();
}
