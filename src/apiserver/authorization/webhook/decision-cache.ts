import type { Clock } from "#base/clock.ts";
import { LruMap } from "#base/lru-map.ts";
import type { Decision } from "../authorizer.ts";

/** Apiserver `plugin/pkg/authorizer/webhook`. */
const CAPACITY = 8192;

/** Decisions of a webhook, for as long as they are good. */
export class DecisionCache {
  readonly #clock: Pick<Clock, "now">;
  readonly #known = new LruMap<string, { readonly decision: Decision; readonly until: number }>(CAPACITY);

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  get(question: string): Decision | undefined {
    const known = this.#known.get(question);
    return known !== undefined && known.until > this.#clock.now() ? known.decision : undefined;
  }

  set(question: string, decision: Decision, lifetimeMs: number): void {
    if (lifetimeMs > 0) this.#known.set(question, { decision, until: this.#clock.now() + lifetimeMs });
  }
}
