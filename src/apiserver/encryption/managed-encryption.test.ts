import { expect, test } from "bun:test";
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { silentLogger } from "#observability/logger.ts";
import { type EncryptionAction, ManagedEncryption } from "./managed-encryption.ts";

const KEY = "/registry/secrets/default/a";
const VALUE = Buffer.from("value");

/** Values on a disk, written anew unless the process dies before. */
class Disk {
  #stored: Uint8Array;
  dies = false;

  constructor(stored: Uint8Array) {
    this.#stored = stored;
  }

  /** As a store reads it at its start; throws when the value is lost. */
  read({ values }: ManagedEncryption): void {
    expect(Buffer.from(values.fromStorage(KEY, this.#stored).value)).toEqual(VALUE);
  }

  isStale({ values }: ManagedEncryption): boolean {
    return values.fromStorage(KEY, this.#stored).isStale;
  }

  store({ values }: ManagedEncryption) {
    return {
      rewriteStale: (): Promise<void> => {
        if (this.dies) return Promise.reject(new Error("the process died"));
        this.#stored = values.toStorage(KEY, values.fromStorage(KEY, this.#stored).value);
        return Promise.resolve();
      },
    };
  }
}

async function withDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "encryption-"));
  try {
    await use(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

const open = (directory: string, hasPlainValues = false) =>
  ManagedEncryption.open({ directory, hasPlainValues, logger: silentLogger });

test("a new store is encrypted from its first value, with a key that a later start knows", async () => {
  await withDirectory(async (directory) => {
    const first = await open(directory);
    expect(first.status).toEqual({ enabled: true, activeKey: "key1", retiring: [] });
    const sealed = first.values.toStorage(KEY, VALUE);
    const next = await open(directory);
    expect(Buffer.from(next.values.fromStorage(KEY, sealed).value)).toEqual(VALUE);
    expect((await readdir(directory)).length).toBe(1);
    expect((await stat(join(directory, "encryption-config.json"))).mode & 0o777).toBe(0o600);
  });
});

test("a store from before there was encryption is written anew", async () => {
  await withDirectory(async (directory) => {
    const disk = new Disk(VALUE);
    const encryption = await open(directory, true);
    expect(encryption.status).toEqual({ enabled: true, activeKey: "key1", retiring: ["identity"] });
    disk.read(encryption);
    encryption.resume(disk.store(encryption));
    await encryption.settled();
    expect(encryption.status).toEqual({ enabled: true, activeKey: "key1", retiring: [] });
    expect(disk.isStale(encryption)).toBeFalse();
  });
});

test("what is done already stays as it is", async () => {
  await withDirectory(async (directory) => {
    const encryption = await open(directory);
    const store = new Disk(encryption.values.toStorage(KEY, VALUE)).store(encryption);
    await encryption.change("enable", store);
    expect(encryption.status).toEqual({ enabled: true, activeKey: "key1", retiring: [] });
    await encryption.change("disable", store);
    await encryption.settled();
    await encryption.change("disable", store);
    await encryption.change("rotate-keys", store);
    expect(encryption.status).toEqual({ enabled: false, retiring: [] });
  });
});

test("who rotates while another one does loses no value", async () => {
  await withDirectory(async (directory) => {
    const encryption = await open(directory);
    const disk = new Disk(encryption.values.toStorage(KEY, VALUE));
    const rotate = () => encryption.change("rotate-keys", disk.store(encryption));
    await Promise.all([rotate(), rotate()]);
    await encryption.settled();
    expect(encryption.status).toEqual({ enabled: true, activeKey: "key3", retiring: [] });
    disk.read(await open(directory));
  });
});

test("a disk that does not take what is known of the keys leaves older ones to the next start", async () => {
  await withDirectory(async (directory) => {
    const encryption = await open(directory);
    const disk = new Disk(encryption.values.toStorage(KEY, VALUE));
    const rewriteStale = async (): Promise<void> => {
      await disk.store(encryption).rewriteStale();
      await rm(directory, { recursive: true });
    };
    await encryption.change("rotate-keys", { rewriteStale });
    await encryption.settled();
    expect(encryption.status).toEqual({ enabled: true, activeKey: "key2", retiring: ["key1"] });
    await mkdir(directory);
  });
});

test("whatever is asked for and wherever the process dies, values can be read and end in one form", async () => {
  const step = fc.record({
    action: fc.constantFrom<EncryptionAction>("enable", "disable", "rotate-keys"),
    dies: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 6 }), (steps) =>
      withDirectory(async (directory) => {
        let encryption = await open(directory);
        const disk = new Disk(encryption.values.toStorage(KEY, VALUE));
        for (const { action, dies } of steps) {
          disk.dies = dies;
          await encryption.change(action, disk.store(encryption));
          await encryption.settled();
          disk.read(encryption);
          if (!dies) continue;
          encryption = await open(directory);
          disk.read(encryption);
        }
        disk.dies = false;
        encryption.resume(disk.store(encryption));
        await encryption.settled();
        expect(encryption.status.retiring).toEqual([]);
        expect(disk.isStale(encryption)).toBeFalse();
      }),
    ),
    { numRuns: 30 },
  );
});
