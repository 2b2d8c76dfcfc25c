import type { Clock } from "./clock.ts";
import { LruMap } from "./lru-map.ts";

/** What others have answered, by the question, for as long as it is good; what was asked longest ago goes first. */
export class AnswerCache<Answer> {
  readonly #clock: Pick<Clock, "now">;
  readonly #known: LruMap<string, { readonly answer: Answer; readonly until: number }>;

  constructor(capacity: number, { clock }: { readonly clock: Pick<Clock, "now"> }) {
    this.#clock = clock;
    this.#known = new LruMap(capacity);
  }

  /** Boxed, because nothing may be an answer, too. */
  get(question: string): { readonly answer: Answer } | undefined {
    const known = this.#known.get(question);
    return known !== undefined && known.until > this.#clock.now() ? known : undefined;
  }

  set(question: string, answer: Answer, lifetimeMs: number): void {
    if (lifetimeMs > 0) this.#known.set(question, { answer, until: this.#clock.now() + lifetimeMs });
  }
}
