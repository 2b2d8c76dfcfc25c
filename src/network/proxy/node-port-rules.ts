import { matchPrefix } from "../nft/address-family.ts";
import {
  commented,
  loadProtocolAndPort,
  matchTranslated,
  matchUnknownConnection,
  rule,
  verdict,
} from "../nft/build.ts";
import type { Expression } from "../nft/expression.ts";
import type { Rule } from "../nft/ruleset.ts";
import { nodePortRangesOf, servesLoopback } from "./node-port-addresses.ts";
import type { ProxyNode } from "./proxy-node.ts";

export function lookUpNodePort(set: string): readonly Expression[] {
  return [...loadProtocolAndPort(0), { type: "vmap", set, key: 0 }];
}

/** A rule for each range of addresses that answer node ports. */
export function forNodePorts(
  node: ProxyNode,
  make: (matchAddress: readonly Expression[]) => Rule,
): readonly Rule[] {
  const { family } = node;
  const notLoopback = servesLoopback(node) ? [] : matchPrefix(family, "daddr", "!=", family.loopback);
  return nodePortRangesOf(node).map((range) =>
    make([...(range === family.everything ? [] : matchPrefix(family, "daddr", "==", range)), ...notLoopback]),
  );
}

/**
 * Node ports on loopback need packets from there to be routed; then the kernel also takes packets to there from other
 * hosts, and programs rely on it that it does not (https://issue.k8s.io/90259).
 */
export function guardLoopback(node: ProxyNode): readonly Rule[] {
  const { family } = node;
  if (!servesLoopback(node)) return [];
  return [
    commented(
      "block incoming localnet connections",
      rule(
        matchPrefix(family, "daddr", "==", family.loopback),
        matchPrefix(family, "saddr", "!=", family.loopback),
        matchUnknownConnection,
        matchTranslated(false),
        verdict("drop"),
      ),
    ),
  ];
}
