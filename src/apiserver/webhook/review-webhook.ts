import type { Duplex } from "node:stream";
import { formatDuration } from "#apimachinery/duration.ts";
import { quote } from "#apimachinery/go-text.ts";
import type { Clock } from "#base/clock.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import type { ClientCertificate } from "#client/http2-connection.ts";
import type { ClusterAccess } from "#client/kubeconfig.ts";
import { BackendAgent } from "../backends/backend-agent.ts";
import type { Dialer } from "../backends/dialer.ts";
import { secureConnection } from "../backends/secure-connection.ts";
import { readReview } from "./read-review.ts";
import { sendReview } from "./send-review.ts";

export interface ReviewWebhookOptions {
  readonly access: ClusterAccess;
  /** How long one call may take, which the webhook is told too. */
  readonly timeoutMs: number;
}

interface Dependencies {
  readonly dialer: Dialer;
  readonly clock: Clock;
}

const DEFAULT_PORT = 443;

/** A webhook has not answered in time. */
export class WebhookTimeout extends Error {}

/**
 * Posts reviews to the server that a kubeconfig file names, at the very path that stands there (apiserver
 * `pkg/util/webhook/webhook.go`), over connections that are kept for the next. Disposal ends all calls.
 */
export class ReviewWebhook implements Disposable {
  readonly #options: ReviewWebhookOptions;
  readonly #dependencies: Dependencies;
  readonly #agent: BackendAgent;
  readonly #url: URL;

  constructor(options: ReviewWebhookOptions, dependencies: Dependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#agent = new BackendAgent(dependencies);
    this.#url = new URL(options.access.server.url);
    this.#url.searchParams.set("timeout", formatDuration(BigInt(options.timeoutMs) * 1_000_000n));
  }

  /**
   * The JSON object that comes back. Rejects with a `StatusError` when the webhook reports a failure, and with another
   * Error when it cannot be understood or does not answer, both in the words of client-go.
   */
  async post(review: object): Promise<object> {
    const { clock } = this.#dependencies;
    using limit = new LinkedAbort();
    using _timer = clock.after(this.#options.timeoutMs, () => limit.abort(overdue()));
    return await readReview(await this.#send(JSON.stringify(review), limit.signal));
  }

  [Symbol.dispose](): void {
    this.#agent[Symbol.dispose]();
  }

  async #send(text: string, until: AbortSignal): ReturnType<typeof sendReview> {
    const { credentials } = this.#options.access;
    const [certificate, token] = await Promise.all([credentials.certificate?.(), credentials.token?.()]);
    const source = this.#agent.to({
      key: certificate?.certificate ?? "",
      connect: (signal) => this.#connect(certificate, signal),
    });
    const body = Buffer.from(text);
    const headers = {
      host: this.#url.host,
      "user-agent": "kube-apiserver",
      accept: "application/json, */*",
      "content-type": "application/json",
      "content-length": String(body.length),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const request = { method: "POST", path: `${this.#url.pathname}${this.#url.search}`, headers, body };
    try {
      return await sendReview(source, request, { ...this.#dependencies, until });
    } catch (cause) {
      const message = `Post ${quote(this.#url.href)}: ${cause instanceof Error ? cause.message : String(cause)}`;
      throw cause instanceof WebhookTimeout
        ? new WebhookTimeout(message, { cause })
        : new Error(message, { cause });
    }
  }

  async #connect(certificate: ClientCertificate | undefined, signal: AbortSignal): Promise<Duplex> {
    const { dialer, clock } = this.#dependencies;
    const { ca, serverName, insecure } = this.#options.access.server;
    const host = this.#url.hostname.replace(/^\[|\]$/g, "");
    const address = { host, port: Number(this.#url.port || DEFAULT_PORT) };
    return await secureConnection(
      await dialer.dial(address, signal),
      {
        serverName: serverName ?? host,
        ...(ca !== undefined && { authorities: ca }),
        ...(insecure !== undefined && { insecure }),
        ...(certificate && { credential: certificate }),
      },
      { clock, signal },
    );
  }
}

function overdue(): Error {
  return new WebhookTimeout("context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
}
