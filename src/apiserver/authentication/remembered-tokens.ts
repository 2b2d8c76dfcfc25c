import type { TokenCacheMetrics } from "./token-cache-metrics.ts";

/** How many tokens' signatures are remembered as good: verifying one costs more than the rest of a request. */
const REMEMBERED_TOKENS = 4096;

/** What tokens say whose signatures have been verified. */
export class RememberedTokens<T> {
  readonly #metrics: Pick<TokenCacheMetrics, "hit" | "miss">;
  #known = new Map<string, T>();

  constructor(metrics: Pick<TokenCacheMetrics, "hit" | "miss">) {
    this.#metrics = metrics;
  }

  /** Verifies a token that is not known yet; what `verify` throws is not remembered. */
  async read(token: string, verify: (token: string) => Promise<T>): Promise<T> {
    const known = this.#known;
    const remembered = known.get(token);
    if (remembered !== undefined) {
      this.#metrics.hit();
      return remembered;
    }
    const verified = await this.#metrics.miss(() => verify(token));
    // Starting over now and then costs less than keeping the tokens in order of use.
    if (known.size >= REMEMBERED_TOKENS) known.clear();
    known.set(token, verified);
    return verified;
  }

  /** Verifies all tokens anew that are shown from now on. What is being verified is not remembered. */
  forget(): void {
    this.#known = new Map();
  }

  has(token: string): boolean {
    return this.#known.has(token);
  }
}
