import { expect, test } from "bun:test";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ManagedEncryption } from "#apiserver/encryption/managed-encryption.ts";
import { silentLogger } from "#observability/logger.ts";
import { openSqliteStore } from "#store/sqlite/sqlite-store.ts";
import type { Store } from "#store/store.ts";
import { temporaryDirectory } from "../contract/store-fixtures.ts";

const SECRETS = "/registry/secrets/default";
const PASSWORD = "hunter2-is-the-password";

interface EncryptedStore extends AsyncDisposable {
  readonly store: Store & { rewriteStale(): Promise<void> };
  readonly encryption: ManagedEncryption;
}

async function openEncrypted(home: string, hasPlainValues = false): Promise<EncryptedStore> {
  const encryption = await ManagedEncryption.open({
    directory: join(home, "cred"),
    hasPlainValues,
    logger: silentLogger,
  });
  const store = await openSqliteStore({ directory: join(home, "db"), transformer: encryption.values });
  return { store, encryption, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}

/** Everything that the files of the database hold. */
async function onDisk(home: string): Promise<string> {
  const directory = join(home, "db");
  const files = await Promise.all((await readdir(directory)).map((name) => readFile(join(directory, name))));
  return Buffer.concat(files).toString("latin1");
}

/** A secret with a history: created, changed, and another one that is gone. */
async function writeSecrets(store: Store): Promise<void> {
  const { revision } = await store.create(`${SECRETS}/a`, Buffer.from(`{"old":"${PASSWORD}"}`));
  await store.update(`${SECRETS}/a`, revision, Buffer.from(`{"new":"${PASSWORD}"}`));
  const gone = await store.create(`${SECRETS}/b`, Buffer.from(`{"gone":"${PASSWORD}"}`));
  await store.delete(`${SECRETS}/b`, gone.revision);
  await store.create("/registry/configmaps/default/a", Buffer.from('{"plain":"in-the-clear"}'));
}

function textOf(store: Store): string {
  return Buffer.from(store.get(`${SECRETS}/a`)?.value ?? []).toString();
}

test("what is secret is nowhere on the disk, and is read back with its history", async () => {
  await using home = await temporaryDirectory();
  {
    await using opened = await openEncrypted(home.path);
    await writeSecrets(opened.store);
    const stored = await onDisk(home.path);
    expect(stored).not.toContain(PASSWORD);
    expect(stored).toContain("k8s:enc:aesgcm:v1:key1:");
    expect(stored).toContain("in-the-clear");
  }
  await using opened = await openEncrypted(home.path);
  expect(textOf(opened.store)).toBe(`{"new":"${PASSWORD}"}`);
  const { entries } = await opened.store.listAt(`${SECRETS}/`, 1);
  expect(entries.map(({ value }) => Buffer.from(value).toString())).toEqual([`{"old":"${PASSWORD}"}`]);
});

test("new keys take the place of old ones in the history too, and nobody is told", async () => {
  await using home = await temporaryDirectory();
  await using opened = await openEncrypted(home.path);
  await writeSecrets(opened.store);
  const { revision } = opened.store;
  await opened.encryption.change("rotate-keys", opened.store);
  await opened.encryption.settled();
  expect(opened.encryption.status).toEqual({ enabled: true, activeKey: "key2", retiring: [] });
  const stored = await onDisk(home.path);
  expect(stored).not.toContain("aesgcm:v1:key1:");
  expect(stored).toContain("aesgcm:v1:key2:");
  expect(opened.store.revision).toBe(revision);
  const { entries } = await opened.store.listAt(`${SECRETS}/`, 1);
  expect(Buffer.from(entries[0]?.value ?? []).toString()).toContain(PASSWORD);
});

test("a database from before there was encryption keeps nothing in the clear", async () => {
  await using home = await temporaryDirectory();
  {
    await using store = await openSqliteStore({ directory: join(home.path, "db") });
    await writeSecrets(store);
  }
  expect(await onDisk(home.path)).toContain(PASSWORD);
  await using opened = await openEncrypted(home.path, true);
  expect(textOf(opened.store)).toContain(PASSWORD);
  opened.encryption.resume(opened.store);
  await opened.encryption.settled();
  expect(await onDisk(home.path)).not.toContain(PASSWORD);
});

test("a rotation that a stop interrupts is ended by the next start", async () => {
  await using home = await temporaryDirectory();
  {
    await using opened = await openEncrypted(home.path);
    await writeSecrets(opened.store);
    await opened.encryption.change("rotate-keys", {
      rewriteStale: () => Promise.reject(new Error("killed")),
    });
    await opened.store.create(`${SECRETS}/c`, Buffer.from("{}"));
  }
  const between = await onDisk(home.path);
  expect(between).toContain("aesgcm:v1:key1:");
  expect(between).toContain("aesgcm:v1:key2:");
  await using opened = await openEncrypted(home.path);
  expect(opened.encryption.status.retiring).toEqual(["key1"]);
  expect(textOf(opened.store)).toContain(PASSWORD);
  opened.encryption.resume(opened.store);
  await opened.encryption.settled();
  expect(await onDisk(home.path)).not.toContain("aesgcm:v1:key1:");
});

test("a lost key is an error that names the object, and nothing is written", async () => {
  await using home = await temporaryDirectory();
  {
    await using opened = await openEncrypted(home.path);
    await writeSecrets(opened.store);
  }
  const other = join(home.path, "other");
  const encryption = await ManagedEncryption.open({
    directory: other,
    hasPlainValues: false,
    logger: silentLogger,
  });
  const opening = openSqliteStore({ directory: join(home.path, "db"), transformer: encryption.values });
  await expect(opening).rejects.toMatchObject({ detail: { code: "undecipherable", key: `${SECRETS}/a` } });
  await using opened = await openEncrypted(home.path);
  expect(textOf(opened.store)).toContain(PASSWORD);
});
