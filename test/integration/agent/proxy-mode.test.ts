import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProxyMode } from "#agent/config.ts";
import { type ChosenRules, chooseProxyRules, removeLeftIptables } from "#agent/proxy-mode.ts";
import { systemClock } from "#base/clock.ts";
import { FakeNft } from "#network/nft/fake-nft.ts";
import { silentLogger } from "#observability/logger.ts";

const dependencies = { nft: new FakeNft(), clock: systemClock, logger: silentLogger };
let directory: string;
let dataDir: string;

/** Where alone commands are found where commands are found; those of iptables note in `calls` that they ran. */
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "kt-mode-"));
  dataDir = join(directory, "data");
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** They note in `calls` that they ran. */
async function installIptables(): Promise<void> {
  for (const name of ["iptables", "ip6tables"].flatMap((each) => [`${each}-save`, `${each}-restore`])) {
    const file = join(directory, name);
    await writeFile(file, `#!/bin/sh\necho ${name} >> ${join(directory, "calls")}\n`);
    await chmod(file, 0o755);
  }
}

async function calls(): Promise<readonly string[]> {
  const file = Bun.file(join(directory, "calls"));
  return (await file.exists()) ? (await file.text()).trim().split("\n") : [];
}

function choose(proxyMode: ProxyMode): Promise<ChosenRules> {
  return chooseProxyRules({ dataDir, proxyMode }, dependencies, { searchPath: directory });
}

test("iptables without its commands is a mistake that says what to do", async () => {
  await expect(choose("iptables")).rejects.toThrow(
    "install them (apt-get install iptables), or use --proxy-mode=nftables",
  );
});

test("nftables runs no command where iptables never did", async () => {
  await installIptables();
  const { removeOthers } = await choose("nftables");
  await removeOthers();
  await removeLeftIptables({ dataDir, proxyMode: "nftables" }, { searchPath: directory });
  expect(await calls()).toEqual([]);
});

test("nftables cleans up after iptables, once", async () => {
  await installIptables();
  await choose("iptables");
  expect(await calls()).toEqual([]);
  const { removeOthers } = await choose("nftables");
  await removeOthers();
  expect(await calls()).toEqual(["iptables-save", "ip6tables-save"]);
  await removeOthers();
  expect(await calls()).toHaveLength(2);
  expect(await readdir(join(dataDir, "agent"))).toEqual([]);
});
