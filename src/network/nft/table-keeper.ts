import type { Clock } from "#base/clock.ts";
import type { Logger } from "#observability/logger.ts";
import { diffRulesets } from "./diff.ts";
import { TableLedger, type TablePart } from "./ledger.ts";
import type { NftBackend } from "./nft-backend.ts";
import { isStale } from "./nft-error.ts";
import type { TableName } from "./ruleset.ts";
import type { NftTransaction } from "./transaction.ts";

export interface TableKeeperDependencies {
  readonly nft: NftBackend;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A chain may be deleted this long after the last element that names it: see `diffRulesets`. */
const CHAIN_GRACE_MS = 1_000;

/** Others that change a table do so in bursts; it is read when they are done. */
const REPAIR_DELAY_MS = 100;

/** Between attempts while the kernel refuses. */
const RETRY_DELAY_MS = 5_000;

/**
 * Keeps one nf_tables table as the sum of its parts, whoever else changes it. Before `adopt` parts are only noted;
 * from then on `commit` writes what has changed since the last time.
 */
export class TableKeeper implements Disposable {
  readonly #ledger: TableLedger;
  readonly #dependencies: TableKeeperDependencies;
  readonly #emptiedChains = new Set<string>();
  #sweep: Disposable | undefined;
  #isInStep = false;

  constructor(table: TableName, dependencies: TableKeeperDependencies) {
    this.#ledger = new TableLedger(table);
    this.#dependencies = dependencies;
  }

  /** Whether the kernel has what the parts want, as far as is known. */
  get isInStep(): boolean {
    return this.#isInStep;
  }

  /** Notes what the owner wants from now on; nothing without a part. Where parts disagree the lower rank counts. */
  set(owner: string, part: TablePart | undefined, rank?: string): void {
    this.#ledger.set(owner, part, rank);
  }

  /**
   * Reads the table and changes what differs, in one step: rules that a previous process left keep working, and
   * connections through them never notice. Returns whether anything differed.
   */
  adopt(): boolean {
    this.#isInStep = false;
    const { nft } = this.#dependencies;
    const desired = this.#ledger.ruleset();
    const actual = nft.read(desired.table);
    const change = diffRulesets(actual, desired);
    nft.apply(change);
    this.#ledger.take();
    this.#isInStep = true;
    this.#retire(actual?.chains.keys() ?? []);
    return change.operations.length > 0;
  }

  /**
   * Writes what has changed. Throws an NftError when the kernel refuses; the next call then starts from what is there.
   * Returns whether the table was found to be other than it should have been.
   */
  commit(): boolean {
    if (!this.#isInStep) return this.adopt();
    const change = this.#ledger.take();
    this.#isInStep = false;
    try {
      this.#dependencies.nft.apply(change);
    } catch (error) {
      if (!isStale(error)) throw error;
      this.#dependencies.logger.warn("Found packet rules changed by somebody else", { error });
      return this.adopt();
    }
    this.#isInStep = true;
    this.#retire(flushedChains(change));
    return false;
  }

  /**
   * Watches the table until the signal aborts, and undoes what others do to it. `onRepair` is called after each
   * repair.
   */
  async guard(signal: AbortSignal, onRepair: () => void = () => undefined): Promise<void> {
    const { nft, clock } = this.#dependencies;
    for await (const _ of nft.watch(this.#ledger.table, signal)) {
      await clock.sleep(REPAIR_DELAY_MS, signal);
      while (!this.#repair(onRepair)) await clock.sleep(RETRY_DELAY_MS, signal);
    }
  }

  /** Deletes the table with everything in it, also one that a previous process left. */
  remove(): void {
    const { nft } = this.#dependencies;
    const { table } = this.#ledger;
    this.#isInStep = false;
    if (nft.read(table) !== undefined) nft.apply({ table, operations: [{ type: "deleteTable" }] });
  }

  /** Leaves the table as it is. */
  [Symbol.dispose](): void {
    this.#sweep?.[Symbol.dispose]();
  }

  /** Has those of the chains that no part wants deleted in a while. */
  #retire(chains: Iterable<string>): void {
    for (const chain of chains) if (!this.#ledger.hasChain(chain)) this.#emptiedChains.add(chain);
    if (this.#emptiedChains.size === 0 || this.#sweep !== undefined) return;
    this.#sweep = this.#dependencies.clock.after(CHAIN_GRACE_MS, () => {
      this.#sweep = undefined;
      this.#deleteEmptiedChains();
    });
  }

  /** A chain that cannot be deleted is empty, costs nothing and is found again by the next `adopt`. */
  #deleteEmptiedChains(): void {
    const { nft, logger } = this.#dependencies;
    for (const chain of this.#emptiedChains) {
      if (this.#ledger.hasChain(chain)) continue;
      try {
        nft.apply({ table: this.#ledger.table, operations: [{ type: "deleteChain", chain }] });
      } catch (error) {
        logger.debug("Could not delete an unused chain", { chain, error });
      }
    }
    this.#emptiedChains.clear();
  }

  #repair(onRepair: () => void): boolean {
    const { logger } = this.#dependencies;
    try {
      if (this.adopt()) {
        logger.warn("Repaired packet rules that somebody else changed", { table: this.#ledger.table.name });
        onRepair();
      }
      return true;
    } catch (error) {
      logger.error("Could not repair packet rules", { table: this.#ledger.table.name, error });
      return false;
    }
  }
}

function flushedChains({ operations }: NftTransaction): readonly string[] {
  return operations.flatMap((operation) => (operation.type === "flushChain" ? [operation.chain] : []));
}
