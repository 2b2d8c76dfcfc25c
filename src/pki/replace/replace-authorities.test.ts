import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeClock } from "#testing/fake-clock.ts";
import { generateKey, issueCertificate } from "../certificate.ts";
import { splitCertificates } from "../inspect.ts";
import type { FileChange } from "../journal.ts";
import { openPki } from "../pki.ts";
import { RenewedPki } from "../renewed-pki.ts";
import { AUTHORITIES } from "../wanted.ts";
import { finishReplacement, replaceAuthorities, replacedAuthorities } from "./replace-authorities.ts";

const NAMES = {
  nodeName: "",
  nodeIPs: [],
  hostname: "n1",
  serviceIPs: ["10.43.0.1"],
  clusterDomain: "cluster.local",
  tlsSANs: [],
};
const clock = new FakeClock();
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "replace-"));
});
afterEach(() => rm(directory, { recursive: true }));

const open = () => openPki({ directory, ...NAMES }, { clock });
const replace = (options: { from?: string; force?: boolean } = {}) =>
  replaceAuthorities(directory, { force: false, ...options }, { clock });

/** Whether a chain leads to a certificate that is trusted, each link by the one behind it. */
function isTrusted(chain: string, trusted: string): boolean {
  const roots = splitCertificates(trusted).map((pem) => new X509Certificate(pem));
  const [leaf, ...links] = splitCertificates(chain).map((pem) => new X509Certificate(pem));
  const reaches = (certificate: X509Certificate): boolean =>
    [...roots, ...links].some(
      (issuer) =>
        certificate.checkIssued(issuer) &&
        certificate.verify(issuer.publicKey) &&
        (roots.includes(issuer) || (issuer.raw !== certificate.raw && reaches(issuer))),
    );
  return leaf !== undefined && reaches(leaf);
}

describe("replaceAuthorities", () => {
  test("leads everybody to the new ones: who knows the old ones, the new ones, or both", async () => {
    const before = await open();
    expect(await replace()).toEqual(AUTHORITIES);
    const both = await open();
    expect(both.issued.map(({ reason }) => reason)).toEqual(Array(4).fill("authority changed"));
    const served = both.credentials["serving-kube-apiserver"].certificate;
    expect(isTrusted(served, before.authorities["server-ca"])).toBe(true);
    expect(isTrusted(before.credentials["client-admin"].certificate, both.authorities["client-ca"])).toBe(
      true,
    );
    expect(await finishReplacement(directory)).toEqual(AUTHORITIES);
    const after = await open();
    expect(after.issued).toEqual([]);
    expect(
      isTrusted(after.credentials["serving-kube-apiserver"].certificate, both.authorities["server-ca"]),
    ).toBe(true);
    expect(
      isTrusted(after.credentials["serving-kube-apiserver"].certificate, before.authorities["server-ca"]),
    ).toBe(false);
    expect(isTrusted(before.credentials["client-admin"].certificate, after.authorities["client-ca"])).toBe(
      false,
    );
    expect(after.former["client-ca"]).toEqual({ bridge: "", retired: before.authorities["client-ca"] });
    expect(await replacedAuthorities(directory)).toEqual([]);
  });

  test("refuses a second replacement before the first has ended", async () => {
    await open();
    await replace();
    await expect(replace()).rejects.toThrow(
      "server-ca has been replaced already, and the one before is still trusted",
    );
  });

  test("refuses to leave anybody behind, unless it is forced to", async () => {
    const before = await open();
    await unlink(join(directory, "server-ca.key"));
    await expect(replace()).rejects.toThrow(
      "nobody who trusts server-ca would trust the new one, because server-ca.key is missing",
    );
    await replace({ force: true });
    const after = await open();
    const served = after.credentials["serving-kube-apiserver"].certificate;
    expect(isTrusted(served, before.authorities["server-ca"])).toBe(false);
    expect(isTrusted(served, after.authorities["server-ca"])).toBe(true);
  });

  test("is done in whole or not at all, whenever the process ends", async () => {
    await open();
    const snapshot = new Map<string, string>();
    for (const name of await readdir(directory))
      snapshot.set(name, await readFile(join(directory, name), "utf8"));
    await replace();
    const names = AUTHORITIES.flatMap((name) =>
      ["key", "crt", "previous.crt", "bridge.crt"].map((suffix) => `${name}.${suffix}`),
    );
    const changes: FileChange[] = [];
    for (const name of names) changes.push({ name, content: await readFile(join(directory, name), "utf8") });
    for (let done = 0; done <= changes.length; done += 1) {
      await rm(directory, { recursive: true });
      await open();
      for (const [name, content] of snapshot) await writeFile(join(directory, name), content);
      for (const { name, content } of changes.slice(0, done))
        await writeFile(join(directory, name), content ?? "");
      await writeFile(join(directory, "changes.json"), JSON.stringify(changes));
      const pki = await open();
      for (const { name, content } of changes)
        expect(await readFile(join(directory, name), "utf8"), `${name} after ${String(done)}`).toBe(
          content ?? "",
        );
      expect(isTrusted(pki.credentials["client-admin"].certificate, pki.authorities["client-ca"])).toBe(true);
      expect(await readdir(directory)).not.toContain("changes.json");
    }
  });

  test("a process that runs goes over to them, and back to one of each", async () => {
    await using pki = await RenewedPki.open({ directory, ...NAMES }, { clock, onFailure: () => undefined });
    await replace();
    expect(await pki.look()).toEqual(expect.arrayContaining([...AUTHORITIES, "serving-kube-apiserver"]));
    expect(splitCertificates(pki.authorities["server-ca"])).toHaveLength(2);
    expect(splitCertificates(pki.credentials["client-admin"].certificate)).toHaveLength(2);
    await finishReplacement(directory);
    expect(await pki.look()).toEqual(expect.arrayContaining([...AUTHORITIES]));
    expect(splitCertificates(pki.authorities["server-ca"])).toHaveLength(1);
    expect(splitCertificates(pki.credentials["client-admin"].certificate)).toHaveLength(1);
  });
});

/** A root as the operator makes one. */
function aRoot(commonName = "home", notAfter = 4e12): { readonly certificate: string; readonly key: string } {
  const key = generateKey();
  const subject = { commonName, organizations: ["Home"] };
  const template = { subject, usage: "authority", notBefore: 0, notAfter } as const;
  return { certificate: issueCertificate(template, key, { subject, key }), key };
}

describe("authorities of the operator", () => {
  const given = (): string => join(directory, "given");
  const give = async (name: string, { certificate, key }: { certificate: string; key: string }) => {
    await Bun.write(join(given(), `${name}.crt`), certificate);
    await Bun.write(join(given(), `${name}.key`), key);
  };

  test("take the place of those that they are for, and others stay", async () => {
    const before = await open();
    const root = aRoot();
    await give("tls/client-ca", root);
    expect(await replace({ from: given() })).toEqual(["client-ca"]);
    const after = await open();
    expect(after.authorities["client-ca"]).toBe(`${root.certificate}${before.authorities["client-ca"]}`);
    expect(after.authorities["server-ca"]).toBe(before.authorities["server-ca"]);
    expect(isTrusted(after.credentials["client-admin"].certificate, before.authorities["client-ca"])).toBe(
      true,
    );
  });

  test("bring their own way from the present ones, where the key of these is not here", async () => {
    const before = await open();
    const root = aRoot();
    const issuer = {
      subject: {
        commonName: new X509Certificate(before.authorities["client-ca"]).subject.slice("CN=".length),
      },
      key: await readFile(join(directory, "client-ca.key"), "utf8"),
    };
    const subject = { commonName: "home", organizations: ["Home"] };
    const template = { subject, usage: "authority", notBefore: 0, notAfter: 4e12 } as const;
    const bridge = issueCertificate(template, root.key, issuer);
    await unlink(join(directory, "client-ca.key"));
    await give("client-ca", { ...root, certificate: `${root.certificate}${bridge}` });
    await replace({ from: given() });
    const after = await open();
    expect(after.former["client-ca"].bridge).toBe(bridge);
    expect(isTrusted(after.credentials["client-admin"].certificate, before.authorities["client-ca"])).toBe(
      true,
    );
  });

  const cases: { name: string; make: () => { certificate: string; key: string }; message: string }[] = [
    {
      name: "no certificate",
      make: () => ({ ...aRoot(), certificate: "garbage" }),
      message: '.crt" is missing',
    },
    { name: "no key", make: () => ({ ...aRoot(), key: "garbage" }), message: "has a key that is damaged" },
    {
      name: "another's key",
      make: () => ({ ...aRoot(), key: generateKey() }),
      message: "does not belong to its key",
    },
    { name: "its end behind it", make: () => aRoot("home", 1), message: "has expired" },
  ];
  test.each(cases)("with $name are refused", async ({ make, message }) => {
    await open();
    await give("client-ca", make());
    await expect(replace({ from: given() })).rejects.toThrow(message);
  });
});
