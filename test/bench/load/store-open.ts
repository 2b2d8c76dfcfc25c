/** Opens the store in the directory given as argument in a fresh process, and says what that took. */
import { openSqliteStore } from "#store/sqlite/sqlite-store.ts";

export interface OpenFigures {
  readonly openMs: number;
  readonly rssBytes: number;
  readonly rssGrowthBytes: number;
}

if (import.meta.main) {
  const [directory = ""] = process.argv.slice(2);
  const before = process.memoryUsage.rss();
  const start = performance.now();
  await using store = await openSqliteStore({ directory });
  const openMs = performance.now() - start;
  store.list("", { limit: 1 });
  Bun.gc(true);
  await Bun.sleep(500);
  const rssBytes = process.memoryUsage.rss();
  console.log(JSON.stringify({ openMs, rssBytes, rssGrowthBytes: rssBytes - before } satisfies OpenFigures));
}
