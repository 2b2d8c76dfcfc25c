import type { Clock } from "#base/clock.ts";
import { nextTurn } from "#base/next-turn.ts";
import type { KubeconfigWebhook } from "../../webhook/kubeconfig-webhook.ts";
import { retryWebhook } from "../../webhook/retry-webhook.ts";
import { type AuditEvent, formatListItem } from "../audit-event.ts";
import type { AuditBackend } from "./audit-backend.ts";
import type { AuditMetrics } from "./audit-metrics.ts";
import type { Flush } from "./flush.ts";

export interface WebhookBackendOptions {
  /** Before the second try; each later one waits longer. */
  readonly initialBackoffMs: number;
}

export interface WebhookBackendDependencies {
  readonly webhook: Pick<KubeconfigWebhook, "send">;
  readonly metrics: Pick<AuditMetrics, "lost">;
  readonly flush: Pick<Flush, "begun" | "over">;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** So many characters are put together before others have a turn. */
const CHARACTERS_A_TURN = 262_144;

/** Posts events as an EventList of audit.k8s.io/v1 (apiserver `plugin/pkg/audit/webhook`). */
export class WebhookBackend implements AuditBackend {
  readonly #options: WebhookBackendOptions;
  readonly #dependencies: WebhookBackendDependencies;
  readonly #calls = new Set<Promise<boolean>>();

  constructor(options: WebhookBackendOptions, dependencies: WebhookBackendDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  process(events: readonly AuditEvent[]): Promise<boolean> {
    const call = this.#call(events).finally(() => this.#calls.delete(call));
    this.#calls.add(call);
    return call;
  }

  /** The flush must have begun. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#calls);
  }

  async #call(events: readonly AuditEvent[]): Promise<boolean> {
    try {
      await this.#deliver(await formatEventList(events));
      return true;
    } catch (error) {
      this.#dependencies.metrics.lost("webhook", error, events.length);
      return false;
    }
  }

  /** Whatever the failure is, the next call may have better luck; the last one is that with which a flush begins. */
  async #deliver(body: string): Promise<void> {
    const { webhook, flush, clock } = this.#dependencies;
    await retryWebhook(
      () => webhook.send(body, flush.over),
      {
        initialMs: this.#options.initialBackoffMs,
        isPassing: () => !flush.begun.aborted,
        pause: (ms) => clock.sleep(ms, flush.begun).catch(() => undefined),
      },
      this.#dependencies,
    );
  }
}

async function formatEventList(events: readonly AuditEvent[]): Promise<string> {
  let text = '{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[';
  let turnEnds = CHARACTERS_A_TURN;
  for (const [index, event] of events.entries()) {
    text += `${index === 0 ? "" : ","}${formatListItem(event)}`;
    if (text.length < turnEnds) continue;
    turnEnds = text.length + CHARACTERS_A_TURN;
    await nextTurn();
  }
  return `${text}]}\n`;
}
