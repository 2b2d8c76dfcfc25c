import { type AddressFamily, loadAddress, matchPrefix } from "../nft/address-family.ts";
import { loadProtocolAndPort, matchLocal, rule, verdict } from "../nft/build.ts";
import type { Expression, Register } from "../nft/expression.ts";
import type { NamedChain } from "../nft/ledger.ts";
import type { ByteString, Rule, SetDefinition } from "../nft/ruleset.ts";
import { markBytes } from "../nft/value.ts";
import { loadFrontend, SETS } from "./layout.ts";
import type { ProxyNode } from "./proxy-node.ts";

/** Where the numbers of local endpoints begin, so that both kinds fit into one map. */
export const LOCAL_INDEX = 65_536;

/** The chains that all Services share; each is built when it is first asked for. */
export interface SharedChains {
  /** Sends a connection to one of the frontend's `count` endpoints. */
  endpoints(count: number): NamedChain;
  /**
   * For external frontends with traffic policy Local: pods and the node itself reach any of the `count` endpoints,
   * as if they went out to a load balancer and came back; others reach the `localCount` endpoints on this node.
   */
  local(count: number, localCount: number): NamedChain;
}

export function createSharedChains(node: ProxyNode): SharedChains {
  const endpoints = new Map<number, NamedChain>();
  const local = new Map<string, NamedChain>();
  return {
    endpoints: (count) => getOrCreate(endpoints, count, () => endpointsChain(node.family, count)),
    local: (count, localCount) =>
      getOrCreate(local, `${String(localCount)}/${String(count)}`, () => localChain(node, count, localCount)),
  };
}

function getOrCreate<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const created = create();
  map.set(key, created);
  return created;
}

function endpointsChain(family: AddressFamily, count: number): NamedChain {
  return [`endpoints-${String(count)}`, { rules: pickRules(family, count, 0) }];
}

function localChain(node: ProxyNode, count: number, localCount: number): NamedChain {
  const [all] = endpointsChain(node.family, count);
  return [
    `local-${String(localCount)}-of-${String(count)}`,
    {
      rules: [
        ...shortCircuit(node, all),
        ...(localCount === 0 ? [] : pickRules(node.family, localCount, LOCAL_INDEX)),
      ],
    },
  ];
}

/** Rules that send traffic of this cluster's pods and of this node to another chain. */
export function shortCircuit({ family, clusterCIDRs }: ProxyNode, chain: string): readonly Rule[] {
  return [
    ...clusterCIDRs.map((cidr) => rule(matchPrefix(family, "saddr", "==", cidr), verdict(`goto ${chain}`))),
    rule(matchLocal("saddr"), verdict(`goto ${chain}`)),
  ];
}

function pickRules(family: AddressFamily, count: number, offset: number): readonly Rule[] {
  const number = (into: Register): Expression => ({
    type: "numgen",
    mode: "random",
    modulus: count,
    ...(offset !== 0 && { offset }),
    into,
  });
  const { registers } = family;
  const translate: Expression = {
    type: "nat",
    kind: "dnat",
    family: family.nft,
    address: 0,
    port: registers,
  };
  return [
    rule(
      loadFrontend(family),
      number(registers + 2),
      { type: "lookup", set: SETS.endpoints, key: 0, into: 0 },
      translate,
    ),
    rule(
      loadProtocolAndPort(0),
      number(2),
      { type: "lookup", set: SETS.nodePortEndpoints, key: 0, into: 0 },
      translate,
    ),
  ];
}

/** An endpoint together with the set of the clients that stay with it. */
export interface AffineEndpoint {
  readonly set: string;
  readonly address: ByteString;
  /** Two bytes. */
  readonly port: ByteString;
}

export function affinitySet({ type }: AddressFamily): SetDefinition {
  return { key: [type], dynamic: true };
}

/**
 * Sends a client to the endpoint that it had before, else to a random one, and remembers it for `timeoutMs` from
 * now. Each endpoint has its own set of clients, so what is remembered ends with the endpoint. When a set is full,
 * `fallback` takes the connection without remembering.
 */
export function affinityRules(
  family: AddressFamily,
  endpoints: readonly AffineEndpoint[],
  { timeoutMs, fallback }: { readonly timeoutMs: number; readonly fallback: string },
): readonly Rule[] {
  const stay = (set: string): Expression => ({ type: "dynset", operation: "update", set, key: 0, timeoutMs });
  const source = loadAddress(family, "saddr", 0);
  return [
    ...endpoints.map((endpoint) =>
      rule(
        source,
        { type: "lookup", set: endpoint.set, key: 0 },
        stay(endpoint.set),
        translateTo(family, endpoint),
      ),
    ),
    ...endpoints.map((endpoint, index) =>
      rule(
        { type: "numgen", mode: "random", modulus: endpoints.length - index, into: 0 },
        { type: "cmp", register: 0, operator: "==", value: markBytes(0) },
        source,
        stay(endpoint.set),
        translateTo(family, endpoint),
      ),
    ),
    rule(verdict(`goto ${fallback}`)),
  ];
}

function translateTo(
  { nft, registers }: AddressFamily,
  { address, port }: AffineEndpoint,
): readonly Expression[] {
  return [
    { type: "immediate", into: 0, value: address },
    { type: "immediate", into: registers, value: port },
    { type: "nat", kind: "dnat", family: nft, address: 0, port: registers },
  ];
}
