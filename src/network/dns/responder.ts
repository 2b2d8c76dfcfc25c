import type { Clock } from "#base/clock.ts";
import { TokenBucket } from "#base/token-bucket.ts";
import type { Logger } from "#observability/logger.ts";
import { AnswerCache, type CachedAnswer, cacheTypeOf } from "./answer-cache.ts";
import { answerLifetime, rangeOf } from "./answer-lifetime.ts";
import type { Client, DnsMetrics, Transport } from "./dns-metrics.ts";
import type { LoopGuard } from "./loop-guard.ts";
import { type Asked, andThen, type Resolution, type Resolver } from "./resolver.ts";
import { blockOf, NOT_KEPT, type ServerBlock } from "./server-block.ts";
import { isWithin } from "./wire/domain-name.ts";
import { FLAG, parseQuery, type Query } from "./wire/query.ts";
import { codeName, RCODE, typeName } from "./wire/record-type.ts";
import { encodeAnswer, formatError, formatReply } from "./wire/reply.ts";
import { SERVER_FAILURE } from "./zone-answer.ts";

/** Questions that wait for other servers; more are refused (CoreDNS: `max_concurrent 1000`). */
const MAX_CONCURRENT = 1000;
/** Clients that wait for them. */
const MAX_WAITING = 4096;
/** Nobody needs more answers that only say what is wrong with a question. */
const ERROR_RATE = { ratePerSecond: 1000, burst: 1000 };
/** How long an answer whose time is over stands in for servers that do not answer (RFC 8767). */
const MAX_STALE_MS = 3_600_000;
const STALE_TTL_SECONDS = 30;
/** An answer that is asked for again is fetched anew before its time is over, in the last part of it. */
const PREFETCH_PART = 0.1;
const PREFETCH_HITS = 2;

export interface ResponderDependencies {
  readonly resolver: Resolver;
  readonly blocks: () => readonly ServerBlock[];
  /** Grows when the cluster's names may have changed. */
  readonly generation: () => number;
  /** The namespace of the pod with an address. */
  readonly namespaceOf: (address: string) => string | undefined;
  readonly domain: string;
  readonly loopGuard: LoopGuard;
  readonly clock: Pick<Clock, "now">;
  readonly metrics: DnsMetrics;
  readonly logger: Logger;
}

type Reply = Uint8Array | undefined;

/** What was found, and of which state of the cluster and by which rules. */
interface Found extends Resolution {
  readonly generation: number;
  readonly blocks: readonly ServerBlock[];
}

/** Makes answers of questions, bytes of bytes: from its cache, or through the resolver, once for all who ask. */
export class Responder {
  readonly #dependencies: ResponderDependencies;
  readonly #cache: AnswerCache;
  readonly #errors: TokenBucket;
  readonly #pending = new Map<string, Promise<CachedAnswer>>();
  #blocks: readonly ServerBlock[] = [];
  #logs = false;
  #waiting = 0;
  #turn = 0;

  constructor(dependencies: ResponderDependencies) {
    this.#dependencies = dependencies;
    this.#cache = new AnswerCache((type) => dependencies.metrics.evicted(type));
    this.#errors = new TokenBucket(ERROR_RATE, dependencies.clock);
    dependencies.metrics.readEntries((type) => this.#cache.countOf(type));
  }

  /** The bytes to answer with; undefined for bytes that deserve none. */
  respond(bytes: Uint8Array, client: Client): Reply | Promise<Reply> {
    const { metrics, clock, loopGuard } = this.#dependencies;
    const query = parseQuery(bytes);
    if (query === undefined) return undefined;
    this.#followRules();
    if ("error" in query) {
      if (client.transport === "udp" && !this.#errors.tryTake()) return undefined;
      metrics.refused(client, query.error);
      return formatError(query);
    }
    if (loopGuard.sees(query)) return this.#refuse(query, client, RCODE.SERVFAIL);
    const started = clock.now();
    return andThen(this.#answer(query, client), (answer) => {
      if (answer === undefined) return this.#refuse(query, client, RCODE.REFUSED);
      const reply = this.#format(query, client.transport, answer);
      metrics.answered(client, query, answer, { request: bytes.length, response: reply.length });
      metrics.took((clock.now() - started) / 1000);
      if (this.#logs) this.#log(query, client, answer);
      return reply;
    });
  }

  /** Forgets everything when the rules have changed. */
  #followRules(): void {
    const blocks = this.#dependencies.blocks();
    if (blocks === this.#blocks) return;
    this.#blocks = blocks;
    this.#logs = blocks.some(({ log }) => log);
    this.#cache.clear();
  }

  #log({ name, type }: Query, { address, transport }: Client, { encoded, plugin }: CachedAnswer): void {
    if (blockOf(this.#blocks, name)?.log !== true) return;
    const question = `${typeName(type)} ${name}.`;
    const fields = { client: address, transport, question, rcode: codeName(encoded.rcode), plugin };
    this.#dependencies.logger.info("Answered a DNS query", fields);
  }

  #refuse(query: Query, client: Client, error: number): Uint8Array {
    this.#dependencies.metrics.refused(client, error);
    return formatError({ ...query, error });
  }

  #format(query: Query, transport: Transport, { encoded, storedAt, expiresAt }: CachedAnswer): Uint8Array {
    const now = this.#dependencies.clock.now();
    this.#turn = (this.#turn + 1) & 0xffff;
    return formatReply(query, encoded, {
      ageSeconds: Math.max(0, Math.floor((now - storedAt) / 1000)),
      turn: this.#turn,
      ...(transport === "udp" && { maxSize: query.udpSize }),
      ...(now >= expiresAt && expiresAt > storedAt && { staleTtl: STALE_TTL_SECONDS }),
    });
  }

  /** Undefined when too many wait already. */
  #answer(query: Query, { address }: Client): CachedAnswer | undefined | Promise<CachedAnswer | undefined> {
    const { metrics, clock } = this.#dependencies;
    const namespace = this.#searchNamespace(query.name, address);
    const checkingDisabled = (query.flags & FLAG.CHECKING_DISABLED) !== 0;
    const flags = `${query.dnssecOk ? "d" : ""}${checkingDisabled ? "c" : ""}${namespace === undefined ? "" : "s"}`;
    const key = `${query.name} ${String(query.type)}${flags}`;
    const known = this.#cache.get(key);
    metrics.looked();
    if (known !== undefined && this.#isFresh(known)) {
      metrics.hit(cacheTypeOf(known.encoded));
      known.hits += 1;
      const { storedAt, expiresAt } = known;
      const isOld = clock.now() > expiresAt - (expiresAt - storedAt) * PREFETCH_PART;
      if (isOld && known.generation === undefined && known.hits >= PREFETCH_HITS && !this.#pending.has(key)) {
        this.#prefetch(key, { ...query, namespace, checkingDisabled }, known);
      }
      return known;
    }
    metrics.missed();
    const pending = this.#pending.get(key);
    if (pending !== undefined) return this.#wait(pending);
    if (this.#pending.size >= MAX_CONCURRENT) {
      metrics.rejected();
      return undefined;
    }
    const found = this.#find(key, { ...query, namespace, checkingDisabled }, known);
    return found instanceof Promise ? this.#wait(found) : found;
  }

  /** Nobody waits for this answer, nor hears why there is none. */
  #prefetch(key: string, asked: Asked, previous: CachedAnswer): void {
    const { metrics, logger } = this.#dependencies;
    metrics.prefetched();
    Promise.try(() => this.#find(key, asked, previous)).catch((error: unknown) => {
      logger.error("Could not fetch a DNS answer anew", { name: asked.name, error });
    });
  }

  async #wait(pending: Promise<CachedAnswer>): Promise<CachedAnswer | undefined> {
    if (this.#waiting >= MAX_WAITING) return undefined;
    this.#waiting += 1;
    try {
      return await pending;
    } finally {
      this.#waiting -= 1;
    }
  }

  #searchNamespace(name: string, address: string): string | undefined {
    const { domain, namespaceOf } = this.#dependencies;
    if (!name.endsWith(domain)) return undefined;
    const namespace = namespaceOf(address);
    return namespace !== undefined && isWithin(name, `${namespace}.svc.${domain}`) ? namespace : undefined;
  }

  #isFresh({ expiresAt, storedAt, generation }: CachedAnswer): boolean {
    const now = this.#dependencies.clock.now();
    if (generation !== undefined && generation !== this.#dependencies.generation()) return false;
    return now < expiresAt && now >= storedAt;
  }

  #find(key: string, asked: Asked, previous: CachedAnswer | undefined): CachedAnswer | Promise<CachedAnswer> {
    const { resolver, logger } = this.#dependencies;
    // What changes while other servers are asked makes the answer old.
    const generation = this.#dependencies.generation();
    const blocks = this.#blocks;
    const resolution = resolver.resolve(asked);
    const keep = (result: Resolution): CachedAnswer =>
      this.#keep(key, asked, { ...result, generation, blocks });
    if (!(resolution instanceof Promise)) return keep(resolution);
    const pending = resolution
      .catch((error: unknown): Resolution => {
        logger.error("Could not answer a DNS query", { name: asked.name, error });
        return { answer: SERVER_FAILURE, plugin: "" };
      })
      .then((result) => this.#stale(result, previous) ?? keep(result))
      .finally(() => this.#pending.delete(key));
    this.#pending.set(key, pending);
    return pending;
  }

  /** The answer of before, when nobody gives a new one and it is not too old. */
  #stale({ plugin }: Resolution, previous: CachedAnswer | undefined): CachedAnswer | undefined {
    const { clock, metrics } = this.#dependencies;
    if (plugin !== "" || previous === undefined || previous.generation !== undefined) return undefined;
    if (clock.now() > previous.expiresAt + MAX_STALE_MS) return undefined;
    metrics.servedStale();
    return previous;
  }

  #keep(key: string, asked: Asked, { answer, plugin, generation, blocks }: Found): CachedAnswer {
    const limits = blockOf(blocks, asked.name)?.cache ?? NOT_KEPT;
    const maxTtl = rangeOf(answer, limits).maxSeconds;
    const lifetime = answerLifetime(answer, plugin, limits);
    const now = this.#dependencies.clock.now();
    const entry: CachedAnswer = {
      // Where nothing is kept, records have their own time.
      encoded: encodeAnswer(asked, answer, maxTtl === 0 ? Infinity : maxTtl),
      plugin,
      storedAt: now,
      expiresAt: now + lifetime * 1000,
      generation: plugin === "forward" ? undefined : generation,
      hits: 0,
    };
    if (lifetime > 0 && blocks === this.#blocks) this.#cache.set(key, entry);
    return entry;
  }
}
