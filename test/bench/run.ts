/** Runs benchmarks, all or those that are named, one after the other, each in a process of its own. */
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { output } from "./load/test-host.ts";
import { type BenchResult, meetsTarget } from "./result.ts";

/** What each file answers is said at its `run`. */
const BENCHMARKS = [
  "start",
  "creates",
  "reads",
  "wire",
  "apply",
  "idle",
  "services",
  "service-latency",
  "service-throughput",
  "dns",
  "overlay",
  "flood",
  "scheduler",
  "store",
  "api-core",
  "api-cpu",
  "custom-resources",
];
const ROOT = join(import.meta.dir, "../..");
const OUTPUT = join(ROOT, "dist/bench.json");

const names = process.argv.slice(2);
const unknown = names.filter((name) => !BENCHMARKS.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(", ")}. Choose from: ${BENCHMARKS.join(", ")}`);
  process.exit(2);
}

await build();
const results: RanBenchmark[] = [];
for (const name of names.length === 0 ? BENCHMARKS : names) results.push(await runBenchmark(name));
await writeResults(results);
const missed = results.flatMap(({ measurements }) => measurements).filter((each) => !meetsTarget(each));
console.log(`\nWrote ${OUTPUT}; ${String(missed.length)} targets were missed`);

async function build(): Promise<void> {
  const build = Bun.spawn([join(ROOT, "scripts/build")], { stdout: "inherit", stderr: "inherit" });
  if ((await build.exited) !== 0) process.exit(1);
}

/** What else kept the machine busy can explain a figure. */
interface RanBenchmark extends BenchResult {
  readonly loadAverage: number;
}

/** Its table is shown, its last line is the result. */
async function runBenchmark(name: string): Promise<RanBenchmark> {
  const command = [process.execPath, join(import.meta.dir, `${name}.ts`)];
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "inherit" });
  const lines = (await child.stdout.text()).trimEnd().split("\n");
  if ((await child.exited) !== 0) throw new Error(`Cannot finish benchmark "${name}"`);
  const json = lines.pop() ?? "";
  const [loadAverage = 0] = loadavg();
  console.log(`\n${lines.join("\n")}`);
  console.log(
    `  * Load average of the machine at the end: ${loadAverage.toFixed(1)} on ${String(cpus().length)} cores.`,
  );
  return { ...(JSON.parse(json) as BenchResult), loadAverage };
}

async function writeResults(results: readonly RanBenchmark[]): Promise<void> {
  const version = await output([join(ROOT, "dist/kubelith"), "--version"]);
  const machine = { cpu: cpus()[0]?.model ?? "", cores: cpus().length };
  const document = { at: new Date().toISOString(), version, machine, results };
  await Bun.write(OUTPUT, `${JSON.stringify(document, null, 2)}\n`);
}
