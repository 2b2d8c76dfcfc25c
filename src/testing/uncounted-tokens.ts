import type { TokenCacheMetrics } from "#apiserver/authentication/token-cache-metrics.ts";

/** Tokens that nobody counts. */
export const UNCOUNTED: Pick<TokenCacheMetrics, "hit" | "miss"> = {
  hit: () => undefined,
  miss: (fetch) => fetch(),
};
