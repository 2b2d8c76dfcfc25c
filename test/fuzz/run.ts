/** Runs the targets of the fuzzer, all or those that are named, two at a time. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { superviseTarget, type TargetResult } from "./engine/supervisor.ts";

const USAGE = `Usage: bun run fuzz [TARGET...] [--seconds N | --minutes N] [--seed N]

All targets but http and config-files, or those that are named. Without --minutes they share --seconds (default: 75), the seed is 1, and
each has 3000 inputs at most, as in scripts/test. With it every target has N minutes and a seed of its own, and what was found goes into
test/fuzz/corpus.`;

const DEFAULT_SECONDS = 75;
/** Targets that run at the same time, each in a process of its own. */
const PARALLEL = 2;
/** Only when they are named: what `http` comes across depends on when answers arrive, and a library reads config files. */
const ON_REQUEST: ReadonlySet<string> = new Set(["http", "config-files"]);
/** Enough for all machines to try the same inputs, but for the slowest targets. */
const SHARED_INPUTS = 3000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: String(DEFAULT_SECONDS) },
    minutes: { type: "string" },
    seed: { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit();
}
const all = readdirSync(join(import.meta.dirname, "targets"))
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -".ts".length));
const unknown = positionals.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`There is no target ${unknown.join(", ")}. Choose from: ${all.join(", ")}`);
  process.exit(2);
}
const names = positionals.length === 0 ? all.filter((name) => !ON_REQUEST.has(name)) : positionals;
const isLong = values.minutes !== undefined;
const seed = Number(values.seed ?? (isLong ? crypto.getRandomValues(new Uint32Array(1))[0] : 1));

const maxInputs = isLong ? Number.MAX_SAFE_INTEGER : SHARED_INPUTS;

const start = performance.now();
const end = start + Number(values.seconds) * 1000;
const results: TargetResult[] = [];
const queue = [...names];
await Promise.all(Array.from({ length: PARALLEL }, runTargets));
const inputs = results.reduce((sum, result) => sum + result.inputs, 0);
const failed = results.filter(({ failures }) => failures.length > 0).length;
console.log(
  `Seed ${String(seed)}: ${String(inputs)} inputs for ${String(names.length)} targets in ` +
    `${((performance.now() - start) / 1000).toFixed(0)} s`,
);
console.log(` ${String(results.length - failed)} pass\n ${String(failed)} fail`);
process.exit(failed === 0 ? 0 : 1);

async function runTargets(): Promise<void> {
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const result = await superviseTarget(name, { seed, seconds: secondsOfNext(), maxInputs, keep: isLong });
    results.push(result);
    report(result);
  }
}

/** Targets share the time that is left, so that slow ones do not add to it. */
function secondsOfNext(): number {
  if (values.minutes !== undefined) return Number(values.minutes) * 60;
  return (((end - performance.now()) / 1000) * PARALLEL) / (queue.length + PARALLEL);
}

function report({ name, failures, ...result }: TargetResult): void {
  const { inputs: count, refused, kept, branches, seconds: took } = result;
  console.log(
    `${failures.length === 0 ? "(pass)" : "(fail)"} ${name.padEnd(18)} ${String(count).padStart(8)} inputs ` +
      `${(count / took).toFixed(0).padStart(7)}/s  ${String(Math.round((100 * refused) / Math.max(1, count))).padStart(3)} % refused  ` +
      `${String(kept).padStart(5)} kept  ${String(branches).padStart(5)} branches`,
  );
  for (const { detail, input } of failures) {
    console.log(`\n${detail}`);
    if (input === undefined) continue;
    console.log(
      `Input: ${JSON.stringify(Buffer.from(input, "base64").toString().slice(0, 2000))}\nBase64: ${input.slice(0, 4000)}\n`,
    );
  }
}
