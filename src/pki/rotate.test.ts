import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtemp, readFile, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeClock } from "#testing/fake-clock.ts";
import { openPki } from "./pki.ts";
import { rotateCertificates } from "./rotate.ts";

const NAMES = {
  nodeName: "n1",
  nodeIPs: ["192.0.2.10"],
  hostname: "n1",
  serviceIPs: ["10.43.0.1"],
  clusterDomain: "cluster.local",
  tlsSANs: ["api.example.com"],
};
const clock = new FakeClock();
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "rotate-"));
});
afterEach(() => rm(directory, { recursive: true }));

const readPem = (name: string): Promise<string> => readFile(join(directory, name), "utf8");

test("every certificate is another, with another key, and says the same", async () => {
  const before = await openPki({ directory, ...NAMES }, { clock });
  const names = await rotateCertificates(directory, { clock });
  expect<readonly string[]>(names.toSorted()).toEqual(Object.keys(before.credentials).toSorted());
  const after = await openPki({ directory, ...NAMES }, { clock });
  expect(after.issued).toEqual([]);
  expect(after.authorities).toEqual(before.authorities);
  for (const name of names) {
    expect(after.credentials[name]?.key, name).not.toBe(before.credentials[name]?.key ?? "");
  }
});

test("what cannot be read is left to the next start", async () => {
  await openPki({ directory, ...NAMES }, { clock });
  await writeFile(join(directory, "client-admin.crt"), "garbage");
  expect(await rotateCertificates(directory, { clock })).not.toContain("client-admin");
  expect(await readPem("client-admin.crt")).toBe("garbage");
});

test("nothing is issued without the authority's key", async () => {
  await openPki({ directory, ...NAMES }, { clock });
  await unlink(join(directory, "client-ca.key"));
  const before = await readPem("serving-kubelet.crt");
  await expect(rotateCertificates(directory, { clock })).rejects.toThrow('"client-ca.key" is missing');
  expect(await readPem("serving-kubelet.crt")).toBe(before);
});
