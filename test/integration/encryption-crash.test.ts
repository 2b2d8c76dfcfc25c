import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EncryptionAction, EncryptionStatus } from "#apiserver/encryption/managed-encryption.ts";
import { ENCRYPTION_PATH } from "#server/encryption-route.ts";
import { spawnServer } from "./front/spawned-server.ts";
import { until } from "./until.ts";

type Server = Awaited<ReturnType<typeof spawnServer>>;

const SECRETS = "/api/v1/namespaces/default/secrets";

/** What takes long enough to be written anew that a server dies in the middle of it. */
const COUNT = 200;
const PADDING = "x".repeat(20_000);

/** Asked for in turn. */
const ACTIONS: readonly EncryptionAction[] = ["rotate-keys", "rotate-keys", "disable", "enable"];

/** So many servers have to die in the middle; one that was done before proves nothing, and another one follows. */
const MIN_INTERRUPTED = 3;
const MAX_ROUNDS = 12;

/** How long a server lives at most once it has begun to write anew. */
const MAX_LIFE_MS = 20;

const DEADLINE_MS = 60_000;

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "kubelith-encryption-"));
});
afterAll(() => rm(home, { recursive: true }));

/** Twelve letters, so that base64 of what begins with them begins with theirs. */
const BEGINNING = "password-of-";
const passwordOf = (name: string): string => btoa(BEGINNING + name);

async function createSecret({ client }: Server, name: string): Promise<boolean> {
  const body = JSON.stringify({
    metadata: { name },
    data: { password: passwordOf(name), padding: btoa(PADDING) },
  });
  const headers = { "content-type": "application/json" };
  const answer = await client.send({ method: "POST", path: SECRETS, headers, body }).catch(() => undefined);
  return answer?.status === 201;
}

async function statusOf({ client }: Server): Promise<EncryptionStatus> {
  return JSON.parse((await client.send({ path: ENCRYPTION_PATH })).text) as EncryptionStatus;
}

/** Kills the server at some moment after it has begun; what it has told until then. */
async function changeAndKill(
  server: Server,
  action: EncryptionAction,
): Promise<EncryptionStatus | undefined> {
  const [former] = await knownForms();
  const body = JSON.stringify({ action });
  const asking = server.client.send({ method: "POST", path: ENCRYPTION_PATH, body });
  const told = asking.then(({ text }) => JSON.parse(text) as EncryptionStatus).catch(() => undefined);
  await until(async () => (await knownForms())[0] !== former);
  await Bun.sleep(Math.random() * MAX_LIFE_MS);
  server.process.kill("SIGKILL");
  await server.process.exited;
  return await told;
}

/** The names of the forms that the server knows, that in which it writes first. */
async function knownForms(): Promise<readonly string[]> {
  const text = await readFile(join(home, "data/server/cred/encryption-config.json"), "utf8");
  const { resources } = JSON.parse(text) as {
    readonly resources: readonly [
      { readonly providers: readonly { readonly aesgcm?: { readonly keys: readonly [{ name: string }] } }[] },
    ];
  };
  return resources[0].providers.map(({ aesgcm }) => aesgcm?.keys[0].name ?? "identity");
}

async function onDisk(): Promise<string> {
  const directory = join(home, "data/server/db");
  const files = await Promise.all((await readdir(directory)).map((name) => readFile(join(directory, name))));
  return Buffer.concat(files).toString("latin1");
}

async function passwordsIn({ client }: Server): Promise<Readonly<Record<string, string | undefined>>> {
  const { items } = JSON.parse((await client.send({ path: SECRETS })).text) as {
    readonly items: readonly { metadata: { name: string }; data?: { password?: string } }[];
  };
  return Object.fromEntries(items.map(({ metadata, data }) => [metadata.name, data?.password]));
}

/** In which forms values of Secrets are on the disk. */
async function formsInUse(): Promise<readonly string[]> {
  const text = await onDisk();
  const keys = new Set([...text.matchAll(/k8s:enc:aesgcm:v1:(key\d+):/g)].map(([, key = ""]) => key));
  return text.includes(btoa(BEGINNING)) ? [...keys, "identity"] : [...keys];
}

test(
  "a server that is killed while it writes Secrets anew goes on with that, whatever it writes them for",
  async () => {
    const names = Array.from({ length: COUNT }, (_, index) => `s${String(index)}`);
    await using stack = new AsyncDisposableStack();
    let server = stack.use(await spawnServer(home));
    const created = await Promise.all(names.map((name) => createSecret(server, name)));
    expect(created.every(Boolean)).toBeTrue();
    let interrupted = 0;
    for (let round = 0; round < ACTIONS.length || interrupted < MIN_INTERRUPTED; round += 1) {
      expect(round).toBeLessThan(MAX_ROUNDS);
      const action = ACTIONS[round % ACTIONS.length] ?? "rotate-keys";
      const late = `late${String(round)}`;
      const writing = createSecret(server, late);
      const told = await changeAndKill(server, action);
      if (await writing) names.push(late);
      const [active = "", ...older] = await knownForms();
      if (told !== undefined) expect(told.activeKey ?? "identity").toBe(active);
      if (older.length > 0) interrupted += 1;

      server = stack.use(await spawnServer(home));
      const { activeKey = "identity", retiring } = await statusOf(server);
      expect(activeKey).toBe(active);
      expect([older, []]).toContainEqual([...retiring]);
      await until(async () => (await statusOf(server)).retiring.length === 0);
      expect(await knownForms()).toEqual([active]);
      expect(await formsInUse()).toEqual([active]);
      const passwords = Object.fromEntries(names.map((name) => [name, passwordOf(name)]));
      expect(await passwordsIn(server)).toMatchObject(passwords);
    }
  },
  DEADLINE_MS,
);
