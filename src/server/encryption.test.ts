import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "#observability/logger.ts";
import { openEncryption } from "./encryption.ts";

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "encryption-config-"));
});

afterAll(() => rm(directory, { recursive: true }));

async function openWith(content: string) {
  const file = join(directory, "keys.yaml");
  await writeFile(file, content);
  return openEncryption({ dataDir: directory, encryptionProviderConfig: file }, silentLogger);
}

test("takes the resources and keys of the operator's file, and writes none of its own", async () => {
  const secret = Buffer.alloc(32, 5).toString("base64");
  const encryption = await openWith(`
kind: EncryptionConfiguration
apiVersion: apiserver.config.k8s.io/v1
resources:
- resources: [configmaps]
  providers:
  - secretbox: {keys: [{name: mine, secret: ${secret}}]}
  - identity: {}
`);
  const { transformer } = encryption;
  const key = "/registry/configmaps/default/a";
  const value = Buffer.from("value");
  const stored = transformer.toStorage(key, value);
  expect(Buffer.from(stored).toString("latin1")).toStartWith("k8s:enc:secretbox:v1:mine:");
  expect(transformer.prefixes).toEqual(["/registry/configmaps/"]);

  let rewrites = 0;
  const store = { rewriteStale: () => Promise.resolve(void (rewrites += 1)) };
  encryption.begin(store);
  expect(rewrites).toBe(0);
  transformer.fromStorage(key, value);
  encryption.begin(store);
  expect(rewrites).toBe(1);
});

test.each([
  ["resources: [", "it is not YAML"],
  ["kind: EncryptionConfiguration\napiVersion: apiserver.config.k8s.io/v1", "resources: Required value"],
  ["secret: QUJD: D", "it is not YAML"],
])("tells what is wrong with the file in one line: %j", async (content, says) => {
  const opening = openWith(content).then(
    () => "opened",
    (error: unknown) => String(error),
  );
  const message = await opening;
  expect(message).toStartWith("StartupError: Cannot use the file of --encryption-provider-config ");
  expect(message).toContain(says);
  expect(message).not.toContain("QUJD");
});

test("a file that is not there is told by its name", async () => {
  const encryptionProviderConfig = join(directory, "nowhere.yaml");
  const opening = openEncryption({ dataDir: directory, encryptionProviderConfig }, silentLogger);
  await expect(opening).rejects.toThrow("nowhere.yaml");
});
