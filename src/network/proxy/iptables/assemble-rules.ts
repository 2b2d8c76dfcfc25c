import type { IptablesRuleset, SharedRule } from "../../iptables/ruleset.ts";
import type { ProxyNode } from "../proxy-node.ts";
import { baseRules, SHARED_CHAINS } from "./base-rules.ts";
import type { ServiceRules } from "./plan-service-rules.ts";

/**
 * All chains that are ours, from the parts of Services. Of rules with one claim only that of the first part is kept.
 * Those of the last part come first in their chains: iptables puts a rule there without reading all others before, and what
 * is new mostly is the last part.
 */
export function assembleRules(parts: readonly ServiceRules[], node: ProxyNode): IptablesRuleset {
  const filter = new Map<string, string[]>(SHARED_CHAINS.filter.map((name) => [name, []]));
  const nat = new Map<string, string[]>(SHARED_CHAINS.nat.map((name) => [name, []]));
  const chainOf = ({ table, chain }: SharedRule): string[] | undefined =>
    (table === "nat" ? nat : filter).get(chain);
  const taken = new Set<string>();
  const kept = parts.map(({ shared }) =>
    shared.filter(({ claim }) => claim === undefined || take(taken, claim)),
  );
  for (const rules of kept.reverse()) for (const each of rules) chainOf(each)?.push(each.rule);
  for (const each of baseRules(node)) chainOf(each)?.push(each.rule);
  const all = new Map<string, readonly string[]>(nat);
  for (const { chains } of parts) for (const [name, rules] of chains) all.set(name, rules);
  return { filter, nat: all };
}

/** False where it was taken before. */
function take(taken: Set<string>, claim: string): boolean {
  const { size } = taken;
  taken.add(claim);
  return taken.size > size;
}
