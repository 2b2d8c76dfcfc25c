import { describe, expect, test } from "bun:test";
import type { Client } from "#client/client.ts";
import { silentLogger } from "#observability/logger.ts";
import { Metrics } from "#observability/metrics.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { aSecret } from "#testing/objects.ts";
import { LegacyTokenUsage } from "./legacy-token-usage.ts";
import { countTokenUses } from "./token-uses.ts";

const LABEL = "kubernetes.io/legacy-token-last-used";

function aUsage() {
  const metrics = new Metrics();
  const usage = new LegacyTokenUsage({
    clock: new FakeClock(),
    logger: silentLogger,
    count: countTokenUses(metrics),
  });
  const written: unknown[] = [];
  const patch = ((_kind: string, { name }: { name: string }, { document }: { document: unknown }) => {
    written.push([name, document]);
    return Promise.resolve({});
  }) as unknown as Client["patch"];
  return { usage, written, metrics, client: { patch } };
}

function used(name: string, day?: string) {
  const secret = aSecret(name);
  return day === undefined
    ? secret
    : { ...secret, metadata: { ...secret.metadata, labels: { [LABEL]: day } } };
}

describe("LegacyTokenUsage", () => {
  test("notes the day, unless it is noted or being noted", async () => {
    const { usage, written, client } = aUsage();
    usage.start(client);
    const never = used("never");
    usage.note(never, "legacyManual");
    usage.note(never, "legacyManual");
    usage.note(used("today", "2026-01-01"), "legacyAuto");
    usage.note(used("tomorrow", "2026-01-02"), "legacyAuto");
    usage.note(used("before", "2025-12-31"), "legacyInvalid");
    await usage[Symbol.asyncDispose]();
    const document = (uid: string) => ({ metadata: { uid, labels: { [LABEL]: "2026-01-01" } } });
    expect(written).toEqual([
      ["never", document(never.metadata.uid)],
      ["before", document(used("before").metadata.uid)],
    ]);
  });

  test("only counts as long as nobody writes", async () => {
    const { usage, metrics, written } = aUsage();
    usage.note(used("a"), "legacyManual");
    usage.note(used("a"), "legacyAuto");
    usage.note(used("a"), "legacyInvalid");
    expect(written).toEqual([]);
    const text = await metrics.expose();
    for (const line of [
      "serviceaccount_legacy_tokens_total 0",
      "serviceaccount_legacy_manual_token_uses_total 1",
      "serviceaccount_legacy_auto_token_uses_total 1",
      "serviceaccount_invalid_legacy_auto_token_uses_total 1",
    ]) {
      expect(text).toContain(line);
    }
  });
});
