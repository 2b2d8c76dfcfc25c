import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import { TableKeeper, type TableKeeperDependencies } from "../nft/table-keeper.ts";
import { createSharedChains, type SharedChains } from "./endpoint-chains.ts";
import { basePart, proxyTable } from "./layout.ts";
import { planService } from "./plan-service.ts";
import { BASE_OWNER, rankOf } from "./plan-services.ts";
import type { ProxyNode } from "./proxy-node.ts";
import type { CreateProxyRules, ProxyRules } from "./proxy-rules.ts";

/** Rules in an nf_tables table of our own; see `layout.ts`. */
export function nftRules(dependencies: TableKeeperDependencies): CreateProxyRules {
  return (node) => new NftRules(node, dependencies);
}

class NftRules implements ProxyRules {
  readonly #keeper: TableKeeper;
  readonly #chains: SharedChains;
  #node: ProxyNode;

  constructor(node: ProxyNode, dependencies: TableKeeperDependencies) {
    this.#node = node;
    this.#chains = createSharedChains(node);
    this.#keeper = new TableKeeper(proxyTable(node.family), dependencies);
    this.#keeper.set(BASE_OWNER, basePart(node));
  }

  get isInStep(): boolean {
    return this.#keeper.isInStep;
  }

  setNode(node: ProxyNode): void {
    this.#node = node;
    this.#keeper.set(BASE_OWNER, basePart(node));
  }

  set(key: string, service: Service | undefined, slices: readonly EndpointSlice[]): void {
    if (service === undefined) {
      this.#keeper.set(key, undefined);
      return;
    }
    const part = planService(service, slices, { node: this.#node, chains: this.#chains });
    this.#keeper.set(key, part, rankOf(service));
  }

  commit(): boolean {
    return this.#keeper.commit();
  }

  guard(signal: AbortSignal, onRepair: () => void): Promise<void> {
    return this.#keeper.guard(signal, onRepair);
  }

  [Symbol.dispose](): void {
    this.#keeper[Symbol.dispose]();
  }
}
