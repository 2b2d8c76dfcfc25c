import { type ForeignChain, ForeignChains } from "../netlink/nftables/foreign-chain.ts";
import { IPV4, matchPrefix } from "../nft/address-family.ts";
import { commented, rule, verdict } from "../nft/build.ts";
import type { Rule, TableName } from "../nft/ruleset.ts";

/** Where iptables keeps its filter rules on kernels with nf_tables, and where Docker tells its users to put theirs. */
const FILTER_TABLE: TableName = { family: "ip", name: "filter" };
const FORWARD_CHAIN = "FORWARD";
const DOCKER_USER_CHAIN = "DOCKER-USER";

/** Marks our rules, so that they are found again. */
const COMMENT = "kubelith pods";

/**
 * Lets pods' packets pass a firewall that forwards nothing by default. Docker Engine sets one up when it starts: it
 * makes `drop` the policy of the FORWARD chain, and with it cuts off all pods that it does not manage. A verdict of
 * our own table could not help, since a packet must be accepted by every table.
 */
export class ForwardPermit implements Disposable {
  readonly #chains: ForeignChains;

  /** `namespace` is the path of the host's network namespace; the own one by default. */
  constructor(options: { readonly namespace?: string | undefined } = {}) {
    this.#chains = new ForeignChains(options);
  }

  [Symbol.dispose](): void {
    this.#chains[Symbol.dispose]();
  }

  /** Makes sure that packets from and to these ranges are forwarded. Does nothing where everything is. */
  ensure(cidrs: readonly string[]): void {
    const forward = this.#chains.read(FILTER_TABLE, FORWARD_CHAIN);
    if (forward?.policy !== "drop") return;
    const dockerUser = this.#chains.read(FILTER_TABLE, DOCKER_USER_CHAIN);
    const [name, chain] =
      dockerUser === undefined ? [FORWARD_CHAIN, forward] : [DOCKER_USER_CHAIN, dockerUser];
    for (const wanted of cidrs.flatMap(permits)) {
      if (!hasRule(chain, wanted)) this.#chains.insert(FILTER_TABLE, name, wanted);
    }
  }

  /** Takes our rules back. */
  withdraw(): void {
    for (const name of [FORWARD_CHAIN, DOCKER_USER_CHAIN]) {
      for (const { comment, handle } of this.#chains.read(FILTER_TABLE, name)?.rules ?? []) {
        if (comment === COMMENT) this.#chains.delete(FILTER_TABLE, name, handle);
      }
    }
  }
}

/** As iptables would write them, counter included, so that it can show them. */
function permits(cidr: string): readonly Rule[] {
  return (["saddr", "daddr"] as const).map((field) =>
    commented(COMMENT, rule(matchPrefix(IPV4, field, "==", cidr), { type: "counter" }, verdict("accept"))),
  );
}

function hasRule({ rules }: ForeignChain, wanted: Rule): boolean {
  return rules.some(({ expressions }) => Bun.deepEquals(expressions, wanted.expressions));
}
