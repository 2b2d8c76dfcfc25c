import { readFile } from "node:fs/promises";

/** Bit of CAP_SYS_RESOURCE in a capability set (capabilities(7)). */
const CAP_SYS_RESOURCE = 24n;
const LOWEST_OOM_SCORE = -1000;

/**
 * The lowest `oom_score_adj` that may be asked for: without CAP_SYS_RESOURCE (in a nested container or sandbox)
 * the kernel refuses to go below the score of the parent, and runc then cannot start anything.
 */
export async function readOomScoreFloor(): Promise<number> {
  const [status, ownScore] = await Promise.all([
    readFile("/proc/self/status", "utf8"),
    readFile("/proc/self/oom_score_adj", "utf8"),
  ]);
  return oomScoreFloor(status, Number(ownScore));
}

/** The decision of `readOomScoreFloor` from the text of `/proc/self/status`. */
export function oomScoreFloor(status: string, ownScore: number): number {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  const mayLower = (BigInt(`0x${effective}`) >> CAP_SYS_RESOURCE) & 1n;
  return mayLower === 1n ? LOWEST_OOM_SCORE : ownScore;
}
