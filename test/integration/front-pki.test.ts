import { afterAll, describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPki, type Pki, type PkiOptions } from "#pki/pki.ts";
import { PkiError } from "#pki/pki-error.ts";
import { FakeClock } from "#testing/fake-clock.ts";

const root = await mkdtemp(join(tmpdir(), "kubelith-pki-"));
const clock = new FakeClock();
const DAY = 24 * 60 * 60 * 1000;

afterAll(() => rm(root, { recursive: true }));

function options(directory: string, changes: Partial<PkiOptions> = {}): PkiOptions {
  return {
    directory: join(root, directory),
    nodeName: "n1",
    nodeIPs: ["192.0.2.1"],
    hostname: "host",
    serviceIPs: ["10.43.0.1"],
    clusterDomain: "cluster.local",
    tlsSANs: [],
    ...changes,
  };
}

function expectWorking(pki: Pki): void {
  const authorities = Object.values(pki.authorities).map((pem) => new X509Certificate(pem));
  for (const [name, { certificate, key }] of Object.entries(pki.credentials)) {
    const parsed = new X509Certificate(certificate);
    const issuers = authorities.filter(
      (authority) => parsed.checkIssued(authority) && parsed.verify(authority.publicKey),
    );
    expect(issuers.length, name).toBe(1);
    expect(key, name).toStartWith("-----BEGIN EC PRIVATE KEY-----");
  }
}

describe("openPki", () => {
  test("makes everything once, readable by its owner alone", async () => {
    const first = await openPki(options("fresh"), { clock });
    expectWorking(first);
    expect(first.issued.length).toBe(9);
    const second = await openPki(options("fresh"), { clock });
    expect(second).toEqual({ ...first, issued: [] });
    const { directory } = options("fresh");
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(directory)) {
      expect((await stat(join(directory, name))).mode & 0o777, name).toBe(0o600);
    }
  });

  test("keeps the three authorities apart", async () => {
    const { authorities, credentials } = await openPki(options("apart"), { clock });
    const admin = new X509Certificate(credentials["client-admin"].certificate);
    expect(admin.checkIssued(new X509Certificate(authorities["client-ca"]))).toBe(true);
    expect(admin.checkIssued(new X509Certificate(authorities["server-ca"]))).toBe(false);
    expect(admin.checkIssued(new X509Certificate(authorities["request-header-ca"]))).toBe(false);
  });

  test("reissues only what a new name concerns", async () => {
    await openPki(options("names"), { clock });
    const { issued, credentials } = await openPki(options("names", { tlsSANs: ["k.example"] }), { clock });
    expect(issued).toEqual([{ name: "serving-kube-apiserver", reason: "names changed" }]);
    const serving = new X509Certificate(credentials["serving-kube-apiserver"].certificate);
    expect(serving.checkHost("k.example")).toBe("k.example");
  });

  test("renews before the end, and clients that trust the old authority stay", async () => {
    const early = await openPki(options("renewal"), { clock });
    const later = new FakeClock(clock.now() + 300 * DAY);
    expect((await openPki(options("renewal"), { clock: later })).issued.map(({ reason }) => reason)).toEqual(
      Array.from({ length: 6 }, () => "expires soon"),
    );
    const muchLater = new FakeClock(clock.now() + 3500 * DAY);
    const late = await openPki(options("renewal"), { clock: muchLater });
    expectWorking(late);
    const oldRoot = new X509Certificate(early.authorities["server-ca"]);
    const serving = new X509Certificate(late.credentials["serving-kube-apiserver"].certificate);
    expect(serving.checkIssued(oldRoot) && serving.verify(oldRoot.publicKey)).toBe(true);
  });

  test("says what to do when an authority's key is away and is needed", async () => {
    await openPki(options("offline"), { clock });
    await rm(join(root, "offline", "server-ca.key"));
    expect((await openPki(options("offline"), { clock })).issued).toEqual([]);
    const changed = openPki(options("offline", { tlsSANs: ["k.example"] }), { clock });
    await expect(changed).rejects.toThrow(
      'Cannot issue certificate "serving-kube-apiserver": "server-ca.key" is missing; restore it, or remove "server-ca.crt" to start a new authority that no present client trusts',
    );
  });

  test("reports a directory that cannot be used", async () => {
    await writeFile(join(root, "file"), "");
    const error: unknown = await openPki(options("file/tls"), { clock }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PkiError);
    expect((error as PkiError).detail.code).toBe("directoryUnusable");
  });

  test("repairs the loss or damage of any file", async () => {
    const intact = options("intact");
    await openPki(intact, { clock });
    for (const name of await readdir(intact.directory)) {
      for (const content of [undefined, "", "garbage"]) {
        const broken = options(`broken-${name}-${String(content?.length)}`);
        await cp(intact.directory, broken.directory, { recursive: true });
        if (content === undefined) await rm(join(broken.directory, name));
        else await writeFile(join(broken.directory, name), content);
        expectWorking(await openPki(broken, { clock }));
        expect((await openPki(broken, { clock })).issued, `${name} ${String(content)}`).toEqual([]);
      }
    }
  });

  test("survives being killed at any moment of its first start", async () => {
    const script = join(root, "open.ts");
    const modules = join(import.meta.dir, "../../src");
    await writeFile(
      script,
      `import { openPki } from ${JSON.stringify(join(modules, "pki/pki.ts"))};
import { systemClock } from ${JSON.stringify(join(modules, "base/clock.ts"))};
process.stdout.write("ready");
await openPki(JSON.parse(process.argv[2]), { clock: systemClock });`,
    );
    for (let round = 0; round < 12; round += 1) {
      const killed = options(`killed-${String(round)}`);
      const child = Bun.spawn([process.execPath, script, JSON.stringify(killed)], { stdout: "pipe" });
      await child.stdout.getReader().read();
      await Bun.sleep(round * 1.5);
      child.kill("SIGKILL");
      await child.exited;
      expectWorking(await openPki(killed, { clock }));
      expect((await openPki(killed, { clock })).issued).toEqual([]);
      expect((await readdir(killed.directory)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    }
  });

  test("works inside a compiled executable", async () => {
    const entry = join(import.meta.dir, "../../src/pki/pki.ts");
    const script = join(root, "compiled.ts");
    await writeFile(
      script,
      `import { openPki } from ${JSON.stringify(entry)};
const pki = await openPki(JSON.parse(process.argv[2] ?? ""), { clock: { now: () => Date.now() } });
console.log(pki.issued.length);`,
    );
    const executable = join(root, "compiled");
    const build = Bun.spawn([process.execPath, "build", "--compile", script, "--outfile", executable], {
      stdout: "ignore",
      stderr: "pipe",
    });
    expect(await build.exited, await build.stderr.text()).toBe(0);
    const run = Bun.spawn([executable, JSON.stringify(options("compiled-tls"))], { stdout: "pipe" });
    expect(await run.stdout.text()).toBe("9\n");
    expect(await readFile(join(root, "compiled-tls", "server-ca.crt"), "utf8")).toContain(
      "BEGIN CERTIFICATE",
    );
  });
});
