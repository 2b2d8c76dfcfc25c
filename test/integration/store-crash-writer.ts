/**
 * Writes to the store in the directory given as first argument until it is killed: from many callers at once for as
 * many milliseconds as the second says, and then only heartbeats. Each write is announced on stdout before it is
 * called (`try`) and after it was answered (`ack`), each heartbeat when it can be seen (`saw`), unbuffered.
 */
import { writeSync } from "node:fs";
import { openSqliteStore } from "#store/sqlite/sqlite-store.ts";
import type { Entry, Store } from "#store/store.ts";
import { encodeValue } from "./store-crash-value.ts";

const CALLERS = 32;
const KEYS_PER_CALLER = 5;

const [directory = "", loadMs = ""] = process.argv.slice(2);
const quietAt = performance.now() + Number(loadMs);
const store = await openSqliteStore({
  directory,
  lazyDelayMs: 20,
  recent: { maxEvents: 50 },
  compaction: { retainMs: 0, retainRevisions: 500, minRevisions: 1 },
});
writeSync(1, `open ${String(store.revision)}\n`);

await Promise.all([
  compactUnderLoad(store),
  renewForever(store),
  ...Array.from({ length: CALLERS }, writeUnderLoad),
]);

/** Goes through its own keys: creates, updates, deletes. */
async function writeUnderLoad(_: unknown, caller: number): Promise<void> {
  for (let step = 0; performance.now() < quietAt; step += 1) {
    const key = `/load/${String(caller)}/${String(step % KEYS_PER_CALLER)}`;
    const present = store.get(key);
    const isRemoval = present !== undefined && step % 7 === 0;
    const sequence = `${String(process.pid)}-${String(step)}`;
    say("try", key, isRemoval ? "-" : sequence);
    const revision = await (isRemoval ? remove(present) : put(key, present, sequence));
    say("ack", key, isRemoval ? "-" : sequence, revision);
  }
}

/** A heartbeat: seen at once, and lost when the process is killed before it reaches the disk. */
async function renewForever(store: Store): Promise<void> {
  const key = "/leases/node";
  let { revision } = store.get(key) ?? (await store.create(key, encodeValue("first")));
  for (let step = 0; ; step += 1) {
    const sequence = `${String(process.pid)}-${String(step)}`;
    ({ revision } = await store.update(key, revision, encodeValue(sequence), { lazy: true }));
    say("saw", key, sequence, revision);
    await Bun.sleep(1);
  }
}

async function compactUnderLoad(store: Store): Promise<void> {
  while (performance.now() < quietAt) {
    await Bun.sleep(10);
    await store.compact(Math.max(store.compactedRevision, store.revision - 500));
  }
}

async function put(key: string, present: Entry | undefined, sequence: string): Promise<number> {
  const value = encodeValue(sequence);
  const entry = await (present === undefined
    ? store.create(key, value)
    : store.update(key, present.revision, value));
  return entry.revision;
}

async function remove(present: Entry): Promise<number> {
  return (await store.delete(present.key, present.revision)).revision;
}

function say(...words: readonly (string | number)[]): void {
  writeSync(1, `${words.join(" ")}\n`);
}
