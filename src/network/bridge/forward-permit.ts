import { type ForeignChain, ForeignChains } from "../netlink/nftables/foreign-chain.ts";
import { type AddressFamily, IPV4, IPV6, isOfFamily, matchPrefix } from "../nft/address-family.ts";
import { commented, rule, verdict } from "../nft/build.ts";
import type { Rule, TableName } from "../nft/ruleset.ts";

/** Where iptables keeps its filter rules on kernels with nf_tables, and where Docker tells its users to put theirs. */
const filterTable = ({ nft }: AddressFamily): TableName => ({ family: nft, name: "filter" });
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
    for (const family of [IPV4, IPV6]) {
      this.#ensure(
        family,
        cidrs.filter((cidr) => isOfFamily(family, cidr)),
      );
    }
  }

  /** Takes our rules back. */
  withdraw(): void {
    for (const table of [IPV4, IPV6].map(filterTable)) {
      for (const name of [FORWARD_CHAIN, DOCKER_USER_CHAIN]) {
        for (const { comment, handle } of this.#chains.read(table, name)?.rules ?? []) {
          if (comment === COMMENT) this.#chains.delete(table, name, handle);
        }
      }
    }
  }

  #ensure(family: AddressFamily, cidrs: readonly string[]): void {
    if (cidrs.length === 0) return;
    const table = filterTable(family);
    const forward = this.#chains.read(table, FORWARD_CHAIN);
    if (forward?.policy !== "drop") return;
    const dockerUser = this.#chains.read(table, DOCKER_USER_CHAIN);
    const [name, chain] =
      dockerUser === undefined ? [FORWARD_CHAIN, forward] : [DOCKER_USER_CHAIN, dockerUser];
    for (const wanted of cidrs.flatMap((cidr) => permits(family, cidr))) {
      if (!hasRule(chain, wanted)) this.#chains.insert(table, name, wanted);
    }
  }
}

/** As iptables would write them, counter included, so that it can show them. */
function permits(family: AddressFamily, cidr: string): readonly Rule[] {
  return (["saddr", "daddr"] as const).map((field) =>
    commented(COMMENT, rule(matchPrefix(family, field, "==", cidr), { type: "counter" }, verdict("accept"))),
  );
}

function hasRule({ rules }: ForeignChain, wanted: Rule): boolean {
  return rules.some(({ expressions }) => Bun.deepEquals(expressions, wanted.expressions));
}
