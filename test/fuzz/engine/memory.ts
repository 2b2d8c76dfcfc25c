import { heapStats } from "bun:jsc";

/** Rounds in which the same number of inputs is run; caches are full after the first. */
const ROUNDS = 5;

const MEBIBYTE = 1024 * 1024;
/** How much more may be in use after the last round than after the first. */
const MAX_HEAP_GROWTH = 2 * MEBIBYTE;
/** The allocator keeps what it may need again. */
const MAX_RSS_GROWTH = 64 * MEBIBYTE;

interface Usage {
  readonly heap: number;
  readonly rss: number;
}

/** What is wrong with the memory that rounds of inputs leave in use, or undefined. */
export async function findGrowth(runRound: () => Promise<void>): Promise<string | undefined> {
  const usages: Usage[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await runRound();
    usages.push(measure());
  }
  return judgeGrowth(usages);
}

/** Only what grows with every round grows with the inputs. */
export function judgeGrowth(usages: readonly Usage[]): string | undefined {
  const grows = (of: keyof Usage, limit: number): boolean => {
    const values = usages.map((usage) => usage[of]);
    const isSteady = values.every((value, index) => index === 0 || value > (values[index - 1] ?? 0));
    return isSteady && (values.at(-1) ?? 0) - (values[0] ?? 0) > limit;
  };
  if (grows("heap", MAX_HEAP_GROWTH)) return `The heap grows: ${inMebibytes(usages, "heap")}`;
  if (grows("rss", MAX_RSS_GROWTH)) return `The process grows: ${inMebibytes(usages, "rss")}`;
  return undefined;
}

function inMebibytes(usages: readonly Usage[], of: keyof Usage): string {
  return `${usages.map((usage) => (usage[of] / MEBIBYTE).toFixed(1)).join(", ")} MiB`;
}

function measure(): Usage {
  Bun.gc(true);
  const { heapSize, extraMemorySize } = heapStats();
  return { heap: heapSize + extraMemorySize, rss: process.memoryUsage.rss() };
}
