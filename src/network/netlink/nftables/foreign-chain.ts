import type { Rule, TableName } from "../../nft/ruleset.ts";
import { Attributes } from "../attributes.ts";
import type { MessageWriter } from "../message-writer.ts";
import { NETLINK_NETFILTER } from "../protocol.ts";
import { NetlinkSocket } from "../socket.ts";
import { nftPayload, nftRequest } from "./nft-message.ts";
import {
  CHAIN_NAME,
  CHAIN_POLICY,
  CHAIN_TABLE,
  GETCHAIN,
  GETRULE,
  RULE_CHAIN,
  RULE_HANDLE,
  RULE_TABLE,
} from "./protocol.ts";
import { readRule } from "./table-reader.ts";
import { encodeRuleChange } from "./transaction-writer.ts";

/** NF_ACCEPT of linux/netfilter.h; everything else that a policy can be is NF_DROP. */
const POLICY_ACCEPT = 1;

/** A chain of another program's table. */
export interface ForeignChain {
  /** What happens to packets that no rule decides about; regular chains return. */
  readonly policy: "accept" | "drop" | "return";
  readonly rules: readonly ForeignRule[];
}

export interface ForeignRule extends Rule {
  /** Names the rule in its table. */
  readonly handle: bigint;
}

/**
 * Single rules in chains that belong to somebody else. What is ours goes into tables of our own, which are replaced as
 * a whole; this is for the few places where another program's verdict must be forestalled.
 */
export class ForeignChains implements Disposable {
  readonly #socket: NetlinkSocket;

  /** `namespace` is the path of a network namespace; the own one by default. */
  constructor({ namespace }: { readonly namespace?: string | undefined } = {}) {
    this.#socket = NetlinkSocket.open({ protocol: NETLINK_NETFILTER, namespace });
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }

  read({ family, name }: TableName, chain: string): ForeignChain | undefined {
    const purpose = `read chain "${chain}"`;
    const found = this.#socket
      .dump(() => nftRequest(GETCHAIN, family, (writer) => writer.string(CHAIN_TABLE, name)), purpose)
      .map((message) => new Attributes(nftPayload(message)))
      .find((each) => each.string(CHAIN_TABLE) === name && each.string(CHAIN_NAME) === chain);
    if (found === undefined) return undefined;
    const request = (): MessageWriter =>
      nftRequest(GETRULE, family, (writer) => writer.string(RULE_TABLE, name).string(RULE_CHAIN, chain));
    const rules = this.#socket
      .dump(request, purpose)
      .map((message) => new Attributes(nftPayload(message)))
      .filter((each) => each.string(RULE_TABLE) === name && each.string(RULE_CHAIN) === chain)
      .map((each) => ({ ...readRule(each), handle: each.be64(RULE_HANDLE) ?? 0n }));
    return { policy: policyOf(found), rules };
  }

  /** Puts a rule before all others of the chain. */
  insert(table: TableName, chain: string, rule: Rule): void {
    this.#change(table, chain, { type: "insert", rule });
  }

  delete(table: TableName, chain: string, handle: bigint): void {
    this.#change(table, chain, { type: "delete", handle });
  }

  #change(table: TableName, chain: string, change: Parameters<typeof encodeRuleChange>[1]["change"]): void {
    const { writer, operations } = encodeRuleChange(table, { chain, change });
    this.#socket.transact(writer, operations.length - 2, `change chain "${chain}"`);
  }
}

function policyOf(chain: Attributes): ForeignChain["policy"] {
  const policy = chain.be32(CHAIN_POLICY);
  if (policy === undefined) return "return";
  return policy === POLICY_ACCEPT ? "accept" : "drop";
}
