import type { ConfigMap, Node } from "#api/generated/core-v1.ts";
import type { SharedInformers } from "#reconcile/shared-informers.ts";
import { cacheFor } from "./corefile/read-cache.ts";
import type { ForwardDeclaration } from "./corefile/read-forward.ts";
import {
  type ReadCorefile,
  readOverride,
  readServers,
  type ServerDeclaration,
} from "./corefile/read-server-block.ts";
import type { DnsProblems } from "./dns-problems.ts";
import { Forwarder, type ForwarderDependencies } from "./forwarder.ts";
import type { HostResolver } from "./host-nameservers.ts";
import { type HostEntry, HostsTable } from "./hosts-table.ts";
import { type ForwardRule, NOT_KEPT, type ServerBlock } from "./server-block.ts";

/** Where users of k3s write their own rules (its manifest `coredns.yaml` imports the keys of this ConfigMap). */
export const CUSTOM_RULES = { namespace: "kube-system", name: "coredns-custom" } as const;

/** `cache 30`, and `ttl 60` of the names of nodes, are what k3s' Corefile says. */
const CACHE_SECONDS = 30;
const NODE_TTL_SECONDS = 60;

export interface ServerBlocksDependencies {
  readonly informers: SharedInformers;
  readonly host: () => Promise<HostResolver>;
  readonly forwarding: ForwarderDependencies;
  readonly problems: Pick<DnsProblems, "ignoredRules">;
}

/** The rules that questions are answered by: this server's own, with the names of nodes and what users add to them. */
export function watchServerBlocks(dependencies: ServerBlocksDependencies): () => readonly ServerBlock[] {
  const { informers, problems } = dependencies;
  const selection = {
    namespace: CUSTOM_RULES.namespace,
    fieldSelector: `metadata.name=${CUSTOM_RULES.name}`,
  };
  const configMaps = informers.informer("ConfigMap", selection);
  const nodes = informers.informer("Node");
  let custom = createCustomRules(undefined, dependencies);
  let rules = JSON.stringify({});
  let hosts = JSON.stringify([]);
  let blocks = custom.blocks([]);
  configMaps.onChange(() => {
    const configMap = configMaps.get(CUSTOM_RULES.namespace, CUSTOM_RULES.name);
    const changed = JSON.stringify(configMap?.data ?? {});
    if (changed === rules) return;
    rules = changed;
    custom.retire();
    custom = createCustomRules(configMap, dependencies);
    if (configMap !== undefined) problems.ignoredRules(configMap, custom.problems);
    blocks = custom.blocks(nodeEntries(nodes.list()));
  });
  nodes.onChange(() => {
    const entries = nodeEntries(nodes.list());
    // Nodes change all the time, their names and addresses hardly ever.
    if (JSON.stringify(entries) === hosts) return;
    hosts = JSON.stringify(entries);
    blocks = custom.blocks(entries);
  });
  return () => blocks;
}

/** The names of nodes with their addresses, which k3s keeps in `NodeHosts` of the ConfigMap kube-system/coredns. */
function nodeEntries(nodes: readonly Node[]): readonly HostEntry[] {
  return nodes
    .flatMap(({ metadata, status }) =>
      (status?.addresses ?? [])
        .filter(({ type }) => type === "InternalIP")
        .map(({ address }) => ({ address, names: [metadata.name] })),
    )
    .toSorted((a, b) => (a.address < b.address ? -1 : 1));
}

interface CustomRules {
  readonly problems: readonly string[];
  blocks(nodes: readonly HostEntry[]): readonly ServerBlock[];
  /** Its servers are not asked any more, not even whether they are there. */
  retire(): void;
}

function createCustomRules(
  configMap: ConfigMap | undefined,
  { host, forwarding }: ServerBlocksDependencies,
): CustomRules {
  const { overrides, servers, problems } = readCustomRules(configMap?.data ?? {});
  let isUsed = true;
  const toForward = ({ from, except, upstreams, usesHost, ...options }: ForwardDeclaration): ForwardRule => {
    const named = async () => [...upstreams, ...(usesHost ? (await host()).nameservers : [])];
    const { policy, forceTcp, failover, maxFails, readTimeoutMs } = options;
    const forwarder = new Forwarder(
      {
        upstreams: async () => (isUsed ? await named() : []),
        policy,
        forceTcp,
        failover,
        ...(maxFails !== undefined && { maxFails }),
        ...(readTimeoutMs !== undefined && { readTimeoutMs }),
      },
      forwarding,
    );
    const toItself = !usesHost && upstreams.every((upstream) => forwarding.loopGuard.isOwn(upstream));
    return { from, except, forwarder, toItself };
  };
  const own = new Forwarder({ upstreams: async () => (await host()).nameservers }, forwarding);
  const base = mergeOverrides(overrides, toForward, {
    from: "",
    except: [],
    forwarder: own,
    toItself: false,
  });
  const others = servers.map((server) => ({
    ...server,
    cache: server.cache ?? NOT_KEPT,
    forwards: server.forwards.map(toForward),
  }));
  return {
    problems,
    blocks: (nodes) => [{ ...base, hosts: [...base.hosts, nodeTable(nodes)] }, ...others],
    retire: () => {
      isUsed = false;
    },
  };
}

/** Everything that is in the keys of the ConfigMap, in the order of their names. */
export function readCustomRules(files: Readonly<Record<string, string>>): {
  readonly overrides: readonly ServerDeclaration[];
  readonly servers: readonly ServerDeclaration[];
  readonly problems: readonly string[];
} {
  const readAll = (
    ending: string,
    read: (text: string, files: Readonly<Record<string, string>>) => ReadCorefile,
  ) =>
    Object.entries(files)
      .filter(([key]) => key.endsWith(ending))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, text]) => ({ key, ...read(text, files) }));
  const overrides = readAll(".override", readOverride);
  const servers = readAll(".server", readServers);
  return {
    overrides: overrides.flatMap((each) => each.servers),
    servers: servers.flatMap((each) => each.servers),
    problems: [...overrides, ...servers].flatMap(({ key, problems }) =>
      problems.map((problem) => `${key}: ${problem}`),
    ),
  };
}

function mergeOverrides(
  overrides: readonly ServerDeclaration[],
  toForward: (declaration: ForwardDeclaration) => ForwardRule,
  last: ForwardRule,
): ServerBlock {
  return {
    zones: [""],
    cache: overrides.findLast(({ cache }) => cache !== undefined)?.cache ?? cacheFor(CACHE_SECONDS),
    log: overrides.some(({ log }) => log),
    rewrites: overrides.flatMap(({ rewrites }) => rewrites),
    templates: overrides.flatMap(({ templates }) => templates),
    hosts: overrides.flatMap(({ hosts }) => hosts).map((table) => table.fallingThrough()),
    kubernetes: true,
    fileZones: overrides.flatMap(({ fileZones }) => fileZones),
    forwards: [...overrides.flatMap(({ forwards }) => forwards.map(toForward)), last],
  };
}

function nodeTable(entries: readonly HostEntry[]): HostsTable {
  return new HostsTable(entries, {
    ttlSeconds: NODE_TTL_SECONDS,
    zones: [""],
    fallthrough: [""],
    reverse: true,
  });
}
