import { randomInt } from "node:crypto";
import type { DnsProblems } from "./dns-problems.ts";
import { formatUpstream, type Upstream } from "./upstream.ts";
import type { Question } from "./wire/query.ts";
import { TYPE } from "./wire/record-type.ts";

const MAX_LABEL_NUMBER = 2 ** 47;

/**
 * Finds servers that hand our questions back to us: each is asked once for a name that nobody else can know, as CoreDNS'
 * loop plugin does, and whoever sees that name come in knows which server leads in a circle.
 */
export class LoopGuard {
  readonly #problems: Pick<DnsProblems, "leadsBack">;
  readonly #own: ReadonlySet<string>;
  readonly #probes = new Map<string, string>();
  readonly #looping = new Set<string>();

  /** `own`: what this server is reached at, as `formatUpstream` writes it. */
  constructor(own: Iterable<string>, problems: Pick<DnsProblems, "leadsBack">) {
    this.#own = new Set(own);
    this.#problems = problems;
  }

  /** Whether a server is this one, or was found to lead back here. */
  leadsBack(upstream: Upstream): boolean {
    return this.isOwn(upstream) || this.#looping.has(formatUpstream(upstream));
  }

  isOwn(upstream: Upstream): boolean {
    return this.#own.has(formatUpstream(upstream));
  }

  /** The question to ask a server with; undefined when it has been asked. */
  probe(upstream: Upstream): Question | undefined {
    const text = formatUpstream(upstream);
    if ([...this.#probes.values()].includes(text)) return undefined;
    const name = `${String(randomInt(MAX_LABEL_NUMBER))}.${String(randomInt(MAX_LABEL_NUMBER))}`;
    this.#probes.set(name, text);
    return { name, type: TYPE.HINFO };
  }

  /** Looks at a question that came in. True for one of ours. */
  sees({ name, type }: Question): boolean {
    if (type !== TYPE.HINFO) return false;
    const upstream = this.#probes.get(name);
    if (upstream === undefined) return false;
    if (!this.#looping.has(upstream)) this.#problems.leadsBack(upstream);
    this.#looping.add(upstream);
    return true;
  }

  /** Servers that are used no longer are tried anew when they come back. */
  retain(upstreams: readonly Upstream[]): void {
    const kept = new Set(upstreams.map(formatUpstream));
    for (const [name, text] of this.#probes) if (!kept.has(text)) this.#probes.delete(name);
    for (const text of this.#looping) if (!kept.has(text)) this.#looping.delete(text);
  }
}
