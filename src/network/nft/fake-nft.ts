import { BatchBuffer } from "#base/batch-buffer.ts";
import { type Clock, systemClock } from "#base/clock.ts";
import { onAbort } from "#base/disposable.ts";
import { FakeTable } from "./fake-table.ts";
import type { NftBackend } from "./nft-backend.ts";
import type { Packet } from "./packet.ts";
import type { Surroundings } from "./rule-machine.ts";
import type { ByteString, Ruleset, TableName } from "./ruleset.ts";
import { type Outcome, tracePacket } from "./trace.ts";
import type { NftTransaction } from "./transaction.ts";
import { addressBytes } from "./value.ts";

export interface FakeNftOptions {
  /** Addresses of the host whose rules these are. */
  readonly localAddresses?: readonly string[];
  readonly clock?: Clock;
}

/** More notices of changes than a test can make. */
const WATCH_CAPACITY = 1_000;

/** nf_tables in memory: refuses what the kernel refuses, and tells where a packet would go. */
export class FakeNft implements NftBackend {
  readonly #tables = new Map<string, FakeTable>();
  readonly #watchers = new Map<BatchBuffer<true>, string>();
  readonly #localAddresses: ReadonlySet<ByteString | undefined>;
  readonly #clock: Clock;
  /** Transactions in the order in which they were applied. */
  readonly applied: NftTransaction[] = [];
  /** When set, `apply` throws it instead of doing anything. */
  failure: Error | undefined;

  constructor({ localAddresses = [], clock = systemClock }: FakeNftOptions = {}) {
    this.#localAddresses = new Set(localAddresses.map(addressBytes));
    this.#clock = clock;
  }

  apply(transaction: NftTransaction): void {
    if (this.failure !== undefined) throw this.failure;
    this.#change(transaction);
    this.applied.push(transaction);
  }

  read(table: TableName): Ruleset | undefined {
    return this.#tables.get(keyOf(table))?.ruleset();
  }

  watch(table: TableName, signal: AbortSignal): AsyncIterable<void> {
    const buffer = new BatchBuffer<true>(WATCH_CAPACITY);
    this.#watchers.set(buffer, keyOf(table));
    return this.#notices(buffer, signal);
  }

  [Symbol.dispose](): void {
    for (const buffer of this.#watchers.keys()) buffer.close();
  }

  /** Changes rules as another program would: watchers hear of it. */
  tamper(transaction: NftTransaction): void {
    this.#change(transaction);
    for (const [buffer, table] of this.#watchers) if (table === keyOf(transaction.table)) buffer.push(true);
  }

  /** Sends the first packet of a connection. Random numbers are 0; dynamic sets remember what the packet did. */
  send(table: TableName, packet: Packet): Outcome {
    const found = this.#required(table);
    const commit = (set: string, key: ByteString, timeoutMs: number | undefined): void =>
      found.update(set, key, this.#clock.now() + (timeoutMs ?? 0));
    return tracePacket(
      found.ruleset(),
      packet,
      this.#surroundings(found, () => 0, commit),
    );
  }

  /** Everything that may become of a packet, for every outcome of random choices, in alphabetical order. */
  outcomes(table: TableName, packet: Packet): readonly Outcome[] {
    const found = this.#required(table);
    const ruleset = found.ruleset();
    const outcomes = new Set<Outcome>();
    for (const choose of allChoices()) {
      outcomes.add(
        tracePacket(
          ruleset,
          packet,
          this.#surroundings(found, choose, () => undefined),
        ),
      );
    }
    return [...outcomes].toSorted();
  }

  async *#notices(buffer: BatchBuffer<true>, signal: AbortSignal): AsyncGenerator<void> {
    using _ = onAbort(signal, () => buffer.close());
    try {
      for await (const _notices of buffer) yield;
    } finally {
      this.#watchers.delete(buffer);
    }
  }

  #surroundings(
    table: FakeTable,
    choose: (modulus: number) => number,
    update: (set: string, key: ByteString, timeoutMs: number | undefined) => void,
  ): Surroundings {
    return {
      definition: (set) => table.definition(set),
      lookup: (set, key) => table.lookup(set, key, this.#clock.now()),
      updateDynamicSet: update,
      isLocal: (address) => this.#localAddresses.has(address),
      choose,
    };
  }

  #required(table: TableName): FakeTable {
    const found = this.#tables.get(keyOf(table));
    if (found === undefined) throw new RangeError(`There is no table "${keyOf(table)}"`);
    return found;
  }

  #change({ table, operations }: NftTransaction): void {
    const key = keyOf(table);
    let draft = this.#tables.get(key)?.copy();
    for (const operation of operations) {
      if (operation.type === "addTable") draft ??= new FakeTable(table);
      else if (draft === undefined) throw FakeTable.missing("table", operation);
      else if (operation.type === "deleteTable") draft = undefined;
      else draft.change(operation);
    }
    draft?.check();
    if (draft === undefined) this.#tables.delete(key);
    else this.#tables.set(key, draft);
  }
}

function keyOf({ family, name }: TableName): string {
  return `${family} ${name}`;
}

/**
 * One `choose` function after the other until all combinations of choices have been made: an odometer whose wheels
 * are found on the way.
 */
export function* allChoices(): Generator<(modulus: number) => number> {
  const wheels: { value: number; readonly modulus: number }[] = [];
  do {
    let at = 0;
    yield (modulus) => {
      wheels[at] ??= { value: 0, modulus };
      const value = wheels[at]?.value ?? 0;
      at += 1;
      return value;
    };
    wheels.length = at;
    for (let last = wheels.at(-1); last !== undefined; last = wheels.at(-1)) {
      last.value += 1;
      if (last.value < last.modulus) break;
      wheels.pop();
    }
  } while (wheels.length > 0);
}
