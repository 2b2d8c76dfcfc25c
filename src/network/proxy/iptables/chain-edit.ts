import type { ChainEdit } from "../../iptables/restore-text.ts";

/** Shorter chains are written anew, which does not depend on what is there. */
const LONG_CHAIN = 200;

/** So many rules are found and changed one by one; with more the chain is written anew. */
const FEW_RULES = 100;

/** How a long chain becomes what is wanted by a change of few rules that stand together; undefined where it does not. */
export function editOf(before: readonly string[], after: readonly string[]): ChainEdit | undefined {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let same = 0;
  while (same < shorter - start && before.at(-1 - same) === after.at(-1 - same)) same += 1;
  const deleted = before.slice(start, before.length - same);
  const inserted = after.slice(start, after.length - same);
  if (before.length < LONG_CHAIN || deleted.length + inserted.length > FEW_RULES) return undefined;
  return { deleted, position: start + 1, inserted };
}
