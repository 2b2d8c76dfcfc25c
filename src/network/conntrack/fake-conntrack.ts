import type { Conntrack, ConntrackEntry, ConntrackFilter } from "./conntrack.ts";

const ADDRESS_SIZES = { ip: 4, ip6: 16 } as const;

/** A table of connections in memory. */
export class FakeConntrack implements Conntrack {
  readonly #entries = new Set<ConntrackEntry>();

  /** Has a connection begin. */
  add(entry: ConntrackEntry): void {
    this.#entries.add(entry);
  }

  entries({ family, protocol }: ConntrackFilter): readonly ConntrackEntry[] {
    return [...this.#entries].filter(
      (entry) => entry.protocol === protocol && entry.original.source.length === ADDRESS_SIZES[family],
    );
  }

  delete(entry: ConntrackEntry): void {
    for (const present of this.#entries) {
      if (Bun.deepEquals(present, entry)) this.#entries.delete(present);
    }
  }

  [Symbol.dispose](): void {
    this.#entries.clear();
  }
}
