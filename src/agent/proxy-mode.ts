import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StartupError } from "#base/startup-error.ts";
import { type FindIptablesOptions, findIptables } from "#network/iptables/host-iptables.ts";
import type { Iptables } from "#network/iptables/iptables.ts";
import { type AddressFamily, IPV4, IPV6 } from "#network/nft/address-family.ts";
import type { TableKeeperDependencies } from "#network/nft/table-keeper.ts";
import { iptablesRules, removeIptablesRules } from "#network/proxy/iptables/iptables-rules.ts";
import { nftRules } from "#network/proxy/nft-rules.ts";
import type { CreateProxyRules } from "#network/proxy/proxy-rules.ts";
import { removeServiceRules } from "#network/proxy/service-proxy.ts";
import type { NodeConfig } from "./config.ts";

type Config = Pick<NodeConfig, "dataDir" | "proxyMode"> & {
  /** How often it is looked whether somebody has altered rules of iptables. */
  readonly syncPeriodMs?: number | undefined;
};

/** The way of packet rules that the configuration names. */
export interface ChosenRules {
  readonly rules: CreateProxyRules;
  /** Removes what the other way has left, once the rules of this one are in place. */
  readonly removeOthers: () => Promise<void>;
}

/** Rejects with a StartupError when the host lacks what the mode needs. */
export async function chooseProxyRules(
  config: Config,
  dependencies: TableKeeperDependencies,
  search: FindIptablesOptions = {},
): Promise<ChosenRules> {
  if (config.proxyMode === "nftables") {
    return {
      rules: nftRules(dependencies),
      removeOthers: () => removeLeftIptables(config, search),
    };
  }
  const iptables = (family: AddressFamily): Iptables => requireIptables(family, search);
  iptables(IPV4);
  await noteIptables(config);
  return {
    rules: iptablesRules({ ...dependencies, iptables, checkIntervalMs: config.syncPeriodMs }),
    removeOthers: async () => removeServiceRules(dependencies.nft),
  };
}

/** Removes chains that an earlier process has made in iptables. No command is run on a host where none ever did. */
export async function removeLeftIptables(config: Config, search: FindIptablesOptions = {}): Promise<void> {
  const note = noteFile(config);
  if ((await readFile(note).catch(() => undefined)) === undefined) return;
  for (const family of [IPV4, IPV6]) {
    const iptables = findIptables(family, search);
    if (iptables !== undefined) await removeIptablesRules(iptables);
  }
  await rm(note, { force: true });
}

async function noteIptables(config: Config): Promise<void> {
  const note = noteFile(config);
  await mkdir(join(note, ".."), { recursive: true });
  await writeFile(note, "");
}

/** Says that there may be chains of ours in iptables. */
function noteFile({ dataDir }: Config): string {
  return join(dataDir, "agent", "iptables-in-use");
}

function requireIptables(family: AddressFamily, search: FindIptablesOptions): Iptables {
  const found = findIptables(family, search);
  if (found !== undefined) return found;
  throw new StartupError(
    `Cannot run with --proxy-mode=iptables: this host has no iptables commands for ${family.name}; install them (apt-get install iptables), or use --proxy-mode=nftables`,
  );
}
