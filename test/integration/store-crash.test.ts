import { expect, test } from "bun:test";
import { join } from "node:path";
import { openSqliteStore } from "#store/sqlite/sqlite-store.ts";
import { temporaryDirectory } from "../contract/store-fixtures.ts";
import { CrashWitness } from "./store-crash-witness.ts";

const ROUNDS = 30;

/** How long a writer lives at most after its first word. */
const MAX_LIFE_MS = 250;

/** In every so many rounds it is killed at some moment of its start, when it makes, migrates or opens the files. */
const EARLY_ROUND = 5;

test(`nothing acknowledged is lost by kill -9, ${String(ROUNDS)} times in a row`, async () => {
  await using directory = await temporaryDirectory();
  const witness = new CrashWitness();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const line of await runKilledWriter(directory.path, round % EARLY_ROUND === 0)) witness.learn(line);
    // Looking ends with a clean close; every other round the next writer finds what the killed one left.
    if (round % 2 === 0) continue;
    await using store = await openSqliteStore({ directory: directory.path });
    await witness.check(store);
  }
  expect(witness.acknowledged).toBeGreaterThan(ROUNDS * 100);
  expect(witness.lost).toBeGreaterThan(0);
}, 120_000);

/** Starts a writer, kills it at some moment, and returns what it said until then. */
async function runKilledWriter(directory: string, isEarly: boolean): Promise<readonly string[]> {
  const script = join(import.meta.dir, "store-crash-writer.ts");
  const loadMs = String(Math.random() * MAX_LIFE_MS);
  const writer = Bun.spawn([process.execPath, script, directory, loadMs], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const kill = (): unknown => setTimeout(() => writer.kill("SIGKILL"), Math.random() * MAX_LIFE_MS);
  let said = "";
  let isDying = isEarly;
  if (isEarly) kill();
  for await (const chunk of writer.stdout.pipeThrough(new TextDecoderStream())) {
    said += chunk;
    if (isDying) continue;
    isDying = true;
    kill();
  }
  await writer.exited;
  expect(writer.signalCode).toBe("SIGKILL");
  return said.slice(0, said.lastIndexOf("\n")).split("\n");
}
