import type { Ruleset, TableName } from "./ruleset.ts";
import type { NftTransaction } from "./transaction.ts";

/**
 * Something that keeps nf_tables rules: the kernel, or a fake. Calls are synchronous, since the kernel does its
 * work inside the system call: a caller can change rules and its own notes of them without another task in between.
 */
export interface NftBackend extends Disposable {
  /**
   * Applies all operations or none. Throws an NftError: `stale` when the table is not what the transaction was
   * made for (something is missing, or is there already), `failed` for everything else.
   */
  apply(transaction: NftTransaction): void;
  /** The table as it is, or undefined when there is none. Elements of dynamic sets are left out. */
  read(table: TableName): Ruleset | undefined;
  /**
   * Yields after others than this backend changed the table since the call, any number of changes at a time, and
   * also when it cannot be told whether they did. Ends when the signal aborts.
   */
  watch(table: TableName, signal: AbortSignal): AsyncIterable<void>;
}
