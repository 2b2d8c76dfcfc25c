import type { Metrics } from "#observability/metrics.ts";

/** What a service account's token was that somebody has shown. */
export type TokenUse = keyof typeof COUNTERS;

/** Kubernetes `pkg/serviceaccount/metrics.go`. */
const COUNTERS = {
  legacy: { name: "legacy_tokens_total", help: "Cumulative legacy service account tokens used" },
  legacyAuto: { name: "legacy_auto_token_uses_total", help: "Cumulative auto-generated legacy tokens used" },
  legacyManual: {
    name: "legacy_manual_token_uses_total",
    help: "Cumulative manually created legacy tokens used",
  },
  legacyInvalid: {
    name: "invalid_legacy_auto_token_uses_total",
    help: "Cumulative invalid auto-generated legacy tokens used",
  },
  stale: { name: "stale_tokens_total", help: "Cumulative stale projected service account tokens used" },
  valid: { name: "valid_tokens_total", help: "Cumulative valid projected service account tokens used" },
} as const;

/** Counts tokens of service accounts as they are shown. */
export function countTokenUses(metrics: Metrics): (use: TokenUse) => void {
  const entries = Object.entries(COUNTERS).map(([use, { name, help }]) => {
    const counter = metrics.counter({
      name: `serviceaccount_${name}`,
      help,
      stability: "ALPHA",
      labels: [],
    });
    return [use, counter.series({})] as const;
  });
  const counters = new Map<string, { add(): void }>(entries);
  return (use) => counters.get(use)?.add();
}
