import { applyRewrites } from "./rewrite.ts";
import { blockOf, forwardOf, type ServerBlock } from "./server-block.ts";
import type { OutgoingQuestion } from "./upstream.ts";
import { isWithin, lowerName } from "./wire/domain-name.ts";
import type { Message } from "./wire/message.ts";
import { FLAG } from "./wire/query.ts";
import { nameRecord } from "./wire/record.ts";
import { RCODE, TYPE } from "./wire/record-type.ts";
import type { Answer } from "./wire/reply.ts";
import { resolveInZone } from "./zone.ts";
import { found, REFUSED, SERVER_FAILURE, TTL_SECONDS } from "./zone-answer.ts";
import type { ZoneView } from "./zone-view.ts";

/** Aliases that lead to aliases are followed so far (CoreDNS: `maxCnameChainLength`). */
const MAX_ALIASES = 10;

/** Who found an answer, by the name of CoreDNS' plugin; empty for one that nobody found. */
export type Finder = "autopath" | "file" | "forward" | "hosts" | "kubernetes" | "template" | "";

export interface Resolution {
  readonly answer: Answer;
  readonly plugin: Finder;
}

export interface Asked extends OutgoingQuestion {
  /** The namespace of the pod that asks, whose search path is walked for it; undefined for everybody else. */
  readonly namespace: string | undefined;
}

export interface ResolverDependencies {
  readonly view: ZoneView;
  readonly blocks: () => readonly ServerBlock[];
  /** The host's search domains, which pods have behind the cluster's. */
  readonly hostSearches: () => Promise<readonly string[]>;
}

/** Finds answers: at once where the cluster knows them, else after asking other servers. */
export class Resolver {
  readonly #dependencies: ResolverDependencies;

  constructor(dependencies: ResolverDependencies) {
    this.#dependencies = dependencies;
  }

  resolve(asked: Asked): Resolution | Promise<Resolution> {
    // Nobody transfers these zones, and RFC 8482 4 lets a server not say everything at once.
    if (asked.type === TYPE.AXFR || asked.type === TYPE.IXFR || asked.type === TYPE.ANY)
      return { answer: REFUSED, plugin: "" };
    const first = this.#lookUp(asked, 0);
    const base = this.#searchedFor(asked);
    if (base === undefined) return first;
    return andThen(first, (resolution) =>
      resolution.answer.rcode === RCODE.NXDOMAIN
        ? this.#walkSearchPath(asked, { base, resolution })
        : resolution,
    );
  }

  /** By the rules of the block that the name belongs to. `depth`: how many names have led to this one. */
  #lookUp(question: OutgoingQuestion, depth: number): Resolution | Promise<Resolution> {
    const block = blockOf(this.#dependencies.blocks(), question.name);
    if (block === undefined) return { answer: REFUSED, plugin: "" };
    const rewritten = applyRewrites(block.rewrites, question);
    if (rewritten === undefined) return this.#findIn(block, question, depth);
    const instead = { ...question, ...rewritten.question };
    return andThen(this.#findIn(block, instead, depth), (resolution) => ({
      ...resolution,
      answer: rewritten.restore(resolution.answer),
    }));
  }

  #findIn(block: ServerBlock, question: OutgoingQuestion, depth: number): Resolution | Promise<Resolution> {
    for (const template of block.templates) {
      const answer = template.answer(question);
      if (answer !== undefined) return this.#followAlias(question, { answer, plugin: "template" }, depth);
    }
    for (const table of block.hosts) {
      const answer = table.answer(question);
      if (answer !== undefined) return { answer, plugin: "hosts" };
    }
    const known = block.kubernetes ? resolveInZone(this.#dependencies.view, question) : undefined;
    if (known?.type === "answer") return { answer: known.answer, plugin: "kubernetes" };
    if (known?.type === "alias")
      return this.#followAlias(question, { answer: found([known.record]), plugin: "kubernetes" }, depth);
    for (const zone of block.fileZones) {
      const answer = zone.answer(question);
      if (answer !== undefined) return this.#followAlias(question, { answer, plugin: "file" }, depth);
    }
    return this.#forward(block, question, depth);
  }

  async #forward(block: ServerBlock, question: OutgoingQuestion, depth: number): Promise<Resolution> {
    const rule = forwardOf(block, question.name);
    const isOthers = (): boolean => blockOf(this.#dependencies.blocks(), question.name) !== block;
    if (rule?.toItself === true && depth < MAX_ALIASES && isOthers())
      return this.#lookUp(question, depth + 1);
    const message = await rule?.forwarder.ask(question);
    return message === undefined
      ? { answer: SERVER_FAILURE, plugin: "" }
      : { answer: answerOf(message), plugin: "forward" };
  }

  /** An alias at the end of an answer together with what is behind it, as far as anybody knows that. */
  #followAlias(
    question: OutgoingQuestion,
    alone: Resolution,
    depth: number,
  ): Resolution | Promise<Resolution> {
    const last = alone.answer.answers.at(-1);
    const target = last?.type === TYPE.CNAME ? last.data[0] : undefined;
    if (typeof target !== "string" || question.type === TYPE.CNAME || depth >= MAX_ALIASES) return alone;
    return andThen(this.#lookUp({ ...question, name: lowerName(target) }, depth + 1), ({ answer }) => ({
      ...alone,
      answer: { ...alone.answer, answers: [...alone.answer.answers, ...answer.answers] },
    }));
  }

  /** What a pod looks for when it asks for a name in its own namespace; undefined for another question. */
  #searchedFor({ name, namespace }: Asked): string | undefined {
    if (namespace === undefined || blockOf(this.#dependencies.blocks(), name)?.kubernetes !== true)
      return undefined;
    const own = `${namespace}.svc.${this.#dependencies.view.domain}`;
    return isWithin(name, own) && name !== own ? name.slice(0, -own.length - 1) : undefined;
  }

  /** Tries what the pod would ask for next, and says where something was found (CoreDNS' autopath plugin). */
  async #walkSearchPath(
    asked: Asked,
    { base, resolution }: { base: string; resolution: Resolution },
  ): Promise<Resolution> {
    const { view, hostSearches } = this.#dependencies;
    const path = [`svc.${view.domain}`, view.domain, ...(await hostSearches()), ""];
    for (const domain of path) {
      const name = domain === "" ? base : `${base}.${domain}`;
      const { answer, plugin } = await this.#lookUp({ ...asked, name }, 0);
      // Nobody can say: let the pod go on by itself.
      if (plugin === "") return resolution;
      if (answer.rcode === RCODE.NXDOMAIN) continue;
      return {
        answer: answer.answers.length === 0 ? answer : aliased(answer, asked.name, name),
        plugin: "autopath",
      };
    }
    return resolution;
  }
}

function aliased(answer: Answer, from: string, to: string): Answer {
  const ttl = answer.answers[0]?.ttl ?? TTL_SECONDS;
  return { ...answer, answers: [nameRecord(from, ttl, "CNAME", to), ...answer.answers] };
}

function answerOf({ rcode, flags, answers, authorities, additionals }: Message): Answer {
  const authentic = (flags & FLAG.AUTHENTIC_DATA) !== 0;
  return { rcode, authoritative: false, authentic, answers, authorities, additionals };
}

/** Applies a function to what may be there already. */
export function andThen<T, U>(value: T | Promise<T>, next: (value: T) => U | Promise<U>): U | Promise<U> {
  return value instanceof Promise ? later(value, next) : next(value);
}

async function later<T, U>(value: Promise<T>, next: (value: T) => U | Promise<U>): Promise<U> {
  return await next(await value);
}
