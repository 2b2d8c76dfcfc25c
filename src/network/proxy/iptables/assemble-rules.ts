import type { IptablesRuleset, SharedRule } from "../../iptables/ruleset.ts";
import type { ProxyNode } from "../proxy-node.ts";
import { baseRules, SHARED_CHAINS } from "./base-rules.ts";
import type { ServiceRules } from "./plan-service-rules.ts";

/** All chains that are ours, from the parts of Services in the order in which their rules are to be tried. */
export function assembleRules(parts: readonly ServiceRules[], node: ProxyNode): IptablesRuleset {
  const filter = new Map<string, string[]>(SHARED_CHAINS.filter.map((name) => [name, []]));
  const nat = new Map<string, string[]>(SHARED_CHAINS.nat.map((name) => [name, []]));
  const put = ({ table, chain, rule }: SharedRule): void =>
    void (table === "nat" ? nat : filter).get(chain)?.push(rule);
  for (const { shared } of parts) for (const each of shared) put(each);
  for (const each of baseRules(node)) put(each);
  const all = new Map<string, readonly string[]>(nat);
  for (const { chains } of parts) for (const [name, rules] of chains) all.set(name, rules);
  return { filter, nat: all };
}
