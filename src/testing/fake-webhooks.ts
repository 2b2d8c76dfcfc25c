import type { CallOptions } from "#apiserver/webhook/webhook-client.ts";
import type { WebhookClientConfig } from "#apiserver/webhook/webhook-target.ts";

/** What a webhook answers to a review. Throws what a client would say of a webhook that cannot be reached. */
export type FakeWebhook = (review: never) => unknown;

/** Webhooks in this process, by the URL that configurations give them. */
export class FakeWebhooks {
  /** How many reviews have been sent. */
  calls = 0;
  readonly #webhooks = new Map<string, FakeWebhook>();

  /** Answers from now on under this URL. */
  answer(url: string, webhook: FakeWebhook): void {
    this.#webhooks.set(url, webhook);
  }

  async call({ url = "" }: WebhookClientConfig, review: unknown, { signal }: CallOptions): Promise<object> {
    signal.throwIfAborted();
    this.calls += 1;
    const webhook = this.#webhooks.get(url);
    if (webhook === undefined)
      throw new Error(`Post "${url}?timeout=30s": dial tcp: connect: connection refused`);
    // As over a connection: nothing is shared, and it takes a while.
    const sent = structuredClone(review) as never;
    await new Promise((resolve) => setImmediate(resolve));
    return structuredClone(await webhook(sent)) as object;
  }
}
