import { afterEach, beforeEach, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeClock } from "#testing/fake-clock.ts";
import { RenewedPki } from "./renewed-pki.ts";
import { rotateCertificates } from "./rotate.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const NAMES = {
  nodeName: "n1",
  nodeIPs: ["192.0.2.10"],
  hostname: "n1",
  serviceIPs: ["10.43.0.1"],
  clusterDomain: "cluster.local",
  tlsSANs: [],
};

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "renewed-pki-"));
});

afterEach(() => rm(directory, { recursive: true }));

/** A PKI, and a way to let its next look happen. */
async function open(clock: FakeClock) {
  const failures: unknown[] = [];
  const pki = await RenewedPki.open(
    { directory, ...NAMES },
    { clock, onFailure: (error) => failures.push(error) },
  );
  const pass = async (ms: number): Promise<void> => {
    await clock.advance(ms);
    // A look is over when it waits for the next one.
    while (clock.pending === 0) await new Promise(setImmediate);
  };
  const look = async (afterMs = 0): Promise<void> => {
    await pass(afterMs);
    await pass(HOUR_MS);
  };
  return { pki, failures, look, [Symbol.asyncDispose]: () => pki[Symbol.asyncDispose]() };
}

test("credentials that somebody keeps become new ones when they are due", async () => {
  const clock = new FakeClock();
  await using opened = await open(clock);
  const { pki, look } = opened;
  const renewed: string[][] = [];
  pki.onRenewed.add((issued) => renewed.push(issued.map(({ name }) => name)));
  const kept = pki.credentials["serving-kube-apiserver"];
  const first = kept.certificate;
  await look(200 * DAY_MS);
  expect(kept.certificate).toBe(first);
  expect(renewed).toEqual([]);
  await look(100 * DAY_MS);
  expect(kept.certificate).not.toBe(first);
  expect(Date.parse(new X509Certificate(kept.certificate).validTo)).toBeGreaterThan(
    clock.now() + 364 * DAY_MS,
  );
  expect(await readFile(join(directory, "serving-kube-apiserver.crt"), "utf8")).toBe(kept.certificate);
  expect(renewed).toHaveLength(1);
  expect(renewed[0]).toContain("client-admin");
});

test("a file that is lost is there again within the hour", async () => {
  await using opened = await open(new FakeClock());
  await unlink(join(directory, "client-admin.crt"));
  await opened.look();
  expect(await readFile(join(directory, "client-admin.crt"), "utf8")).toBe(
    opened.pki.credentials["client-admin"].certificate,
  );
  expect(opened.failures).toEqual([]);
});

test("what another process has issued is in use within the hour, or at once", async () => {
  const clock = new FakeClock();
  await using opened = await open(clock);
  const { pki, look } = opened;
  const renewed: (readonly unknown[])[] = [];
  pki.onRenewed.add((issued) => renewed.push(issued));
  await rotateCertificates(directory, { clock });
  const before = pki.credentials["client-admin"].key;
  await look();
  expect(pki.credentials["client-admin"].key).not.toBe(before);
  expect(renewed).toEqual([expect.arrayContaining([{ name: "client-admin", reason: "rotated" }])]);
  await rotateCertificates(directory, { clock });
  expect(await pki.look()).toContain("serving-kubelet");
  expect(await pki.look()).toEqual([]);
});

test("a process stays with the authorities that it has begun with", async () => {
  await using opened = await open(new FakeClock());
  const { pki, look, failures } = opened;
  const before = pki.credentials["serving-kube-apiserver"].certificate;
  await writeFile(join(directory, "server-ca.key"), "garbage");
  await look();
  expect(pki.credentials["serving-kube-apiserver"].certificate).toBe(before);
  expect(String(failures[0])).toContain("they count from the next start on");
});

test("a look that fails is told, and the next one comes", async () => {
  await using opened = await open(new FakeClock());
  await rm(directory, { recursive: true });
  await writeFile(directory, "a file where the directory was");
  await opened.look();
  expect(opened.failures).toMatchObject([{ detail: { code: "directoryUnusable" } }]);
  await rm(directory);
  await opened.look();
  expect(opened.failures).toHaveLength(2);
});
