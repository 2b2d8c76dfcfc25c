import type { CorpusEntry } from "./corpus.ts";
import type { Coverage } from "./coverage.ts";
import type { InputRunner } from "./outcome.ts";

/** Of one target in the repository, in bytes. */
const MAX_CORPUS = 6000;
const MAX_INPUT = 600;

/** The shortest inputs that take all branches which any of them takes, as far as there is room. */
export async function keptCorpus(
  former: readonly CorpusEntry[],
  found: readonly Buffer[],
  { runner, coverage }: { readonly runner: InputRunner; readonly coverage: Coverage },
): Promise<readonly CorpusEntry[]> {
  const reasoned = former.filter(({ reason }) => reason !== undefined);
  const candidates = [...former.map(({ input }) => input), ...found].filter(
    ({ length }) => length > 0 && length <= MAX_INPUT,
  );
  coverage.forget();
  const entries = [...reasoned];
  for (const { input } of reasoned) await isNew(input);
  let room = MAX_CORPUS;
  for (const input of candidates.toSorted((a, b) => a.length - b.length)) {
    if (room < input.length || !(await isNew(input))) continue;
    entries.push({ input });
    room -= input.length;
  }
  return entries;

  async function isNew(input: Buffer): Promise<boolean> {
    await runner.run(input);
    return coverage.collect() > 0;
  }
}
