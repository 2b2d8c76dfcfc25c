import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "#store/sqlite/sqlite-store.ts";
import type { Store } from "#store/store.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { measurementsOf, runLoad } from "./load/closed-loop.ts";
import { usageOf } from "./load/process-usage.ts";
import type { OpenFigures } from "./load/store-open.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";

const CALLERS = [1, 16, 64];
const LOAD_MS = 5000;

/** A pod with status is about this large. */
const VALUE = new Uint8Array(1500).fill(97);
const LARGE_VALUE = new Uint8Array(2000).fill(97);
const LEASE = new Uint8Array(700).fill(97);
const NODE = new Uint8Array(6000).fill(97);

/** How fast is the store: durable writes, lists, watches, start, and what it does to the disk when idle? */
export async function run(): Promise<BenchResult> {
  const directory = await mkdtemp(join(tmpdir(), "kubelith-bench-store-"));
  try {
    return {
      name: "store",
      measurements: [
        ...(await measurePuts(join(directory, "puts"))),
        ...(await measureLists(join(directory, "lists"))),
        ...(await measureWatches(join(directory, "watches"))),
        ...(await measureOpening(directory)),
        ...(await measureIdleWrites(join(directory, "idle"))),
      ],
      notes: [
        "Puts replace 1.5 kB values in a closed loop; callers share this process with the store's event loop.",
        "Watches: 100 callers write durably meanwhile, which bounds the rate for few watchers.",
        "Opening: in a fresh process, files in the page cache; RSS growth is that of the process while it opens.",
        "Idle: an hour of simulated time; a Lease renewed every 10 s and a node status written every 5 min, both lazily. Bytes are those that the kernel sent to the disk for this process.",
      ],
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function measurePuts(directory: string): Promise<Measurement[]> {
  await using store = await openSqliteStore({ directory });
  const measurements: Measurement[] = [];
  for (const callers of CALLERS) {
    const figures = await runLoad({
      callers,
      durationMs: LOAD_MS,
      request: (caller, step) => put(store, `/bench/${String(caller)}/${String(step % 100)}`, VALUE),
    });
    measurements.push(...measurementsOf(`durable puts, ${String(callers)} callers`, figures));
  }
  return measurements;
}

async function measureLists(directory: string): Promise<Measurement[]> {
  await using store = await openSqliteStore({ directory });
  await fill(store, 10_000);
  const whole = await runLoad({
    callers: 1,
    durationMs: 1000,
    request: () => Promise.resolve(store.list("/registry/pods/")),
  });
  const page = await runLoad({
    callers: 1,
    durationMs: 1000,
    request: () => Promise.resolve(store.list("/registry/pods/", { after: podKey(7000), limit: 500 })),
  });
  const old = await runLoad({
    callers: 1,
    durationMs: 1000,
    request: () =>
      store.listAt("/registry/pods/", store.revision - 1000, { after: podKey(7000), limit: 500 }),
  });
  return [
    { name: "list of 10,000", value: whole.p50Ms, unit: "ms" },
    { name: "page of 500 of 10,000", value: page.p50Ms, unit: "ms" },
    { name: "page of 500 of 10,000, 1,000 revisions ago", value: old.p50Ms, unit: "ms" },
  ];
}

/** How many events reach watchers while 64 callers write. */
async function measureWatches(directory: string): Promise<Measurement[]> {
  await using store = await openSqliteStore({ directory });
  const measurements: Measurement[] = [];
  for (const watchers of [1, 100, 1000]) {
    const value = await measureFanOut(store, { watchers, writes: 10_000, prefix: () => "/registry/pods/" });
    measurements.push({ name: `events to ${String(watchers)} watchers of one prefix`, value, unit: "/s" });
  }
  const prefix = (watcher: number): string => `/registry/pods/${String(watcher % 100)}/`;
  const value = await measureFanOut(store, { watchers: 1000, writes: 10_000, prefix });
  measurements.push({ name: "events to 1000 watchers of 100 prefixes", value, unit: "/s" });
  return measurements;
}

async function measureFanOut(
  store: Store,
  options: {
    readonly watchers: number;
    readonly writes: number;
    readonly prefix: (watcher: number) => string;
  },
): Promise<number> {
  const { watchers, writes, prefix } = options;
  const stop = new AbortController();
  const afterRevision = store.revision;
  let delivered = 0;
  const reading = Array.from({ length: watchers }, async (_, watcher) => {
    for await (const batch of store.watch(prefix(watcher), { afterRevision, signal: stop.signal })) {
      delivered += batch.length;
      if (batch.some((event) => event.type === "put" && event.entry.revision > afterRevision + writes - 100))
        break;
    }
  });
  const start = performance.now();
  let written = 0;
  await Promise.all(
    Array.from({ length: 100 }, async (_, caller) => {
      while (written < writes) {
        written += 1;
        await put(store, `/registry/pods/${String(caller)}/pod`, VALUE);
      }
    }),
  );
  await Promise.all(reading);
  stop.abort();
  return delivered / ((performance.now() - start) / 1000);
}

async function measureOpening(directory: string): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const entries of [10_000, 100_000]) {
    const path = join(directory, `open-${String(entries)}`);
    const store = await openSqliteStore({ directory: path });
    await fill(store, entries);
    await store[Symbol.asyncDispose]();
    const figures = await openInFreshProcess(path);
    const name = `${entries.toLocaleString("en-US")} entries of 2 kB`;
    const target = entries === 10_000 ? { target: { atMost: 150 } } : {};
    measurements.push(
      { name: `opening with ${name}`, value: figures.openMs, unit: "ms", ...target },
      { name: `RSS with ${name}`, value: figures.rssBytes / 1e6, unit: "MB" },
      { name: `RSS growth with ${name}`, value: figures.rssGrowthBytes / 1e6, unit: "MB" },
    );
  }
  return measurements;
}

async function openInFreshProcess(directory: string): Promise<OpenFigures> {
  const script = join(import.meta.dir, "load/store-open.ts");
  const child = Bun.spawn([process.execPath, script, directory], { stdout: "pipe", stderr: "inherit" });
  return JSON.parse(await child.stdout.text()) as OpenFigures;
}

async function measureIdleWrites(directory: string): Promise<Measurement[]> {
  const clock = new FakeClock();
  await using store = await openSqliteStore({ directory, clock });
  await fill(store, 200);
  await put(store, "/leases/node", LEASE);
  await put(store, "/nodes/node", NODE);
  const minutes = 60;
  const before = await writtenBytes();
  for (let step = 1; step <= minutes * 6; step += 1) {
    await put(store, "/leases/node", LEASE, true);
    if (step % 30 === 0) await put(store, "/nodes/node", NODE, true);
    await clock.advance(10_000);
  }
  await store.compact(store.compactedRevision + 1);
  return [
    {
      name: "bytes to the disk per idle minute",
      value: ((await writtenBytes()) - before) / minutes,
      unit: "B/min",
    },
  ];
}

async function writtenBytes(): Promise<number> {
  return (await usageOf("self")).writtenBytes;
}

async function put(store: Store, key: string, value: Uint8Array, lazy = false): Promise<void> {
  const present = store.get(key);
  if (present === undefined) await store.create(key, value);
  else await store.update(key, present.revision, value, { lazy });
}

async function fill(store: Store, entries: number): Promise<void> {
  for (let start = 0; start < entries; start += 1000) {
    const keys = Array.from({ length: Math.min(1000, entries - start) }, (_, index) => podKey(start + index));
    await Promise.all(keys.map((key) => store.create(key, LARGE_VALUE)));
  }
}

function podKey(index: number): string {
  return `/registry/pods/ns-${String(index % 20)}/pod-${String(index).padStart(6, "0")}`;
}

if (import.meta.main) printResult(await run());
