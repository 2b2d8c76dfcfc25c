/** Feeds one target with inputs, in a process of its own: `child.ts NAME '{"seed":1,"seconds":10,…}'`. */
import { join } from "node:path";
import { readCorpus, writeCorpus } from "./corpus.ts";
import { Coverage } from "./coverage.ts";
import { Fuzzer } from "./fuzzer.ts";
import { keptCorpus } from "./kept-corpus.ts";
import { InputRunner } from "./outcome.ts";
import { Pulse } from "./pulse.ts";
import type { FuzzTarget } from "./target.ts";

export interface ChildOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly maxInputs: number;
  /** The file that is shared with the parent. */
  readonly pulse: string;
  /** Whether what was found goes into the corpus. */
  readonly keep: boolean;
}

const [name = "", optionsText = ""] = process.argv.slice(2);
const options = JSON.parse(optionsText) as ChildOptions;
const coverage = new Coverage();
coverage.observe(join(import.meta.dirname, "../../../src"));
const { target } = (await import(`../targets/${name}.ts`)) as { readonly target: FuzzTarget };
await using stack = new AsyncDisposableStack();
const runner = new InputRunner(target, await target.open(stack));
const corpus = await readCorpus(name, target.form);
const pulse = new Pulse(options.pulse);
const fuzzer = new Fuzzer(target, runner, { ...options, corpus }, { coverage, pulse });
const report = await fuzzer.run({ ...options, corpus });
if (options.keep) {
  await writeCorpus(name, await keptCorpus(corpus, fuzzer.kept, { runner, coverage }), target.form);
}
process.send?.(report);
process.disconnect?.();
