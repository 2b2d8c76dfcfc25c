import { RCODE } from "./wire/record-type.ts";
import type { EncodedAnswer } from "./wire/reply.ts";

/** As many answers as both of CoreDNS' caches hold. */
const MAX_ENTRIES = 2 * 9984;
const MAX_BYTES = 16 * 2 ** 20;
/** What an entry costs besides its bytes: its key and its places. */
const OVERHEAD_BYTES = 512;

export type CacheType = "success" | "denial";

export interface CachedAnswer {
  readonly encoded: EncodedAnswer;
  /** Who found it, by the name of CoreDNS' plugin. */
  readonly plugin: string;
  readonly storedAt: number;
  readonly expiresAt: number;
  /** The state of the cluster that it tells of; undefined for answers of others. */
  readonly generation: number | undefined;
  /** How often it was used since it was stored, or since it was spared. */
  hits: number;
}

/** Answers by question, bounded in number and bytes; old ones that nobody asks for go first. */
export class AnswerCache {
  readonly #entries = new Map<string, CachedAnswer>();
  readonly #onEviction: (type: CacheType) => void;
  #bytes = 0;

  constructor(onEviction: (type: CacheType) => void) {
    this.#onEviction = onEviction;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What is there, even when its time is over. */
  get(key: string): CachedAnswer | undefined {
    return this.#entries.get(key);
  }

  set(key: string, entry: CachedAnswer): void {
    this.#remove(key);
    this.#entries.set(key, entry);
    this.#bytes += costOf(entry);
    while (this.#entries.size > MAX_ENTRIES || this.#bytes > MAX_BYTES) this.#evict();
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  countOf(type: CacheType): number {
    let count = 0;
    for (const { encoded } of this.#entries.values()) if (cacheTypeOf(encoded) === type) count += 1;
    return count;
  }

  /** Removes the oldest entry; one that was asked for since it was looked at last gets a second chance. */
  #evict(): void {
    for (const [key, entry] of this.#entries) {
      this.#entries.delete(key);
      if (entry.hits === 0) {
        this.#bytes -= costOf(entry);
        this.#onEviction(cacheTypeOf(entry.encoded));
        return;
      }
      entry.hits = 0;
      this.#entries.set(key, entry);
    }
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= costOf(entry);
  }
}

export function cacheTypeOf({ rcode, hasAnswers }: EncodedAnswer): CacheType {
  return rcode === RCODE.NOERROR && hasAnswers ? "success" : "denial";
}

function costOf({ encoded }: CachedAnswer): number {
  return encoded.bytes.length + encoded.records.length * 64 + OVERHEAD_BYTES;
}
