import type { Event } from "#api/generated/core-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import type { Clock } from "#base/clock.ts";
import { LruMap } from "#base/lru-map.ts";
import { TokenBucket } from "#base/token-bucket.ts";

export type NewEvent = NewObject<Event>;

/** What to do about an event: create it, or update the stored one that it repeats. */
export interface Correlated {
  readonly event: NewEvent;
  readonly isRepeat: boolean;
}

/** What is known of an event that was recorded before. */
interface Observation {
  readonly count: number;
  readonly firstTimestamp: string | null | undefined;
  readonly name: string | undefined;
}

/** Events of one source about one object for one reason, which differ in their messages. */
interface Similar {
  readonly messages: Set<string>;
  lastAt: number;
}

/** Bounds the memory for objects that nobody hears of again (client-go `tools/record/events_cache.go`, as all below). */
const CACHE_SIZE = 4096;

/** From so many different messages within the interval on, they are combined into one event. */
const MAX_SIMILAR = 10;
const SIMILAR_INTERVAL_MS = 600_000;

/** A source may send 25 events about an object at once and then one every 5 minutes. */
const SPAM_LIMIT = { ratePerSecond: 1 / 300, burst: 25 };

/**
 * Keeps a source from flooding the API: repetitions are counted in one event, events that differ only in their
 * message are combined when there are many, and what still is too much is dropped.
 */
export class EventCorrelator {
  readonly #clock: Pick<Clock, "now">;
  readonly #observed = new LruMap<string, Observation>(CACHE_SIZE);
  readonly #similar = new LruMap<string, Similar>(CACHE_SIZE);
  readonly #buckets = new LruMap<string, TokenBucket>(CACHE_SIZE);

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** Undefined when the event is too much. */
  correlate(event: NewEvent): Correlated | undefined {
    const { combined, key } = this.#combine(event);
    const observed = this.#observe(combined, key);
    return this.#bucket(event).tryTake() ? observed : undefined;
  }

  /** Notes the stored state of an event, which its repetitions update. */
  stored(event: NewEvent): void {
    this.#note(fullKey(event), event);
  }

  #combine(event: NewEvent): { readonly combined: NewEvent; readonly key: string } {
    const now = this.#clock.now();
    const similarKey = groupKey(event);
    const known = this.#similar.get(similarKey);
    const isOld = known === undefined || now - known.lastAt > SIMILAR_INTERVAL_MS;
    const similar = isOld ? { messages: new Set<string>(), lastAt: now } : known;
    similar.messages.add(event.message ?? "");
    similar.lastAt = now;
    this.#similar.set(similarKey, similar);
    if (similar.messages.size < MAX_SIMILAR) return { combined: event, key: fullKey(event) };
    const [any = ""] = similar.messages;
    similar.messages.delete(any);
    const message = `(combined from similar events): ${event.message ?? ""}`;
    return { combined: { ...event, message }, key: similarKey };
  }

  #observe(event: NewEvent, key: string): Correlated {
    const before = this.#observed.get(key);
    const observed: NewEvent =
      before === undefined
        ? event
        : {
            ...event,
            metadata: { ...event.metadata, ...(before.name !== undefined && { name: before.name }) },
            firstTimestamp: before.firstTimestamp ?? null,
            count: before.count + 1,
          };
    this.#note(key, observed);
    return { event: observed, isRepeat: before !== undefined };
  }

  #note(key: string, { count = 1, firstTimestamp, metadata: { name } }: NewEvent): void {
    this.#observed.set(key, { count, firstTimestamp, name });
  }

  #bucket(event: NewEvent): TokenBucket {
    const key = spamKey(event);
    const known = this.#buckets.get(key);
    if (known !== undefined) return known;
    const bucket = new TokenBucket(SPAM_LIMIT, this.#clock);
    this.#buckets.set(key, bucket);
    return bucket;
  }
}

function spamKey({ source, involvedObject, type }: NewEvent): string {
  const { kind, namespace, name, uid, apiVersion } = involvedObject;
  return JSON.stringify([source?.component, source?.host, kind, namespace, name, uid, apiVersion, type]);
}

function groupKey(event: NewEvent): string {
  return JSON.stringify([spamKey(event), event.reason, event.reportingComponent, event.reportingInstance]);
}

function fullKey(event: NewEvent): string {
  const { fieldPath } = event.involvedObject;
  return JSON.stringify([spamKey(event), fieldPath, event.reason, event.message]);
}
