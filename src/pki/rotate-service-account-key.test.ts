import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateKey } from "./certificate.ts";
import { finishServiceAccountKey, rotateServiceAccountKey } from "./rotate-service-account-key.ts";
import { ServiceAccountKeys } from "./service-account-keys.ts";

const DAY_MS = 86_400_000;
const at = (days: number) => ({ clock: { now: () => Date.parse("2026-12-01T00:00:00Z") + days * DAY_MS } });
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kubelith-keys-"));
  await writeFile(join(directory, "service.key"), generateKey());
});
afterAll(() => rm(directory, { recursive: true }));

const contentOf = (name: string) => readFile(join(directory, name), "utf8");

test("a key is replaced, and its public half stays until its tokens have ended", async () => {
  const first = await contentOf("service.key");
  await rotateServiceAccountKey(directory, at(0));
  const second = await contentOf("service.key");
  await rotateServiceAccountKey(directory, at(10));
  expect(new Set([first, second, await contentOf("service.key")]).size).toBe(3);
  const former = await contentOf("service.previous.pub");
  expect(former).not.toContain("PRIVATE");
  const blocks = former.split(/(?=# replaced)/);
  expect(blocks.map((block) => block.slice(0, 24))).toEqual([
    "# replaced 2026-12-11T00",
    "# replaced 2026-12-01T00",
  ]);
  const keys = new ServiceAccountKeys(await contentOf("service.key"), blocks);
  for (const key of [first, second]) {
    expect(await keys.verify(new ServiceAccountKeys(key).sign({ sub: "a" }))).toEqual({ sub: "a" });
  }
  for (const name of await readdir(directory)) {
    expect((await stat(join(directory, name))).mode & 0o777, name).toBe(
      name === "service.key" ? 0o600 : 0o600,
    );
  }
  const early = finishServiceAccountKey(directory, { force: false }, at(374));
  await expect(early).rejects.toThrow(
    /^Tokens of the key before may be good until 2027-12-11T00:00:00\.000Z: wait/,
  );
  expect(await finishServiceAccountKey(directory, { force: false }, at(375))).toBeTrue();
  expect(await readdir(directory)).toEqual(["service.key"]);
  expect(await finishServiceAccountKey(directory, { force: false }, at(375))).toBeFalse();
});

test("who cannot wait may force the end", async () => {
  await rotateServiceAccountKey(directory, at(0));
  expect(await finishServiceAccountKey(directory, { force: true }, at(0))).toBeTrue();
  expect(await readdir(directory)).toEqual(["service.key"]);
});

test("a rotation that was interrupted is finished by whoever comes next", async () => {
  const [before, next] = [await contentOf("service.key"), generateKey()];
  const changes = [
    { name: "service.previous.pub", content: "# replaced 2026-12-01T00:00:00.000Z\n" },
    { name: "service.key", content: next },
  ];
  await writeFile(join(directory, "changes.json"), JSON.stringify(changes));
  expect(await finishServiceAccountKey(directory, { force: true }, at(0))).toBeTrue();
  expect(await contentOf("service.key")).toBe(next);
  expect(next).not.toBe(before);
});
