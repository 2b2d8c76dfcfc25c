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
import type { BackendResponse } from "../backends/send-request.ts";
import { parseReview, readAnswer } from "./read-review.ts";
import { sendReview } from "./send-review.ts";

export interface KubeconfigWebhookOptions {
  readonly access: ClusterAccess;
  /** How long one call may take, which the webhook is told too; default 30 s. */
  readonly timeoutMs?: number;
}

export interface KubeconfigWebhookDependencies {
  readonly dialer: Dialer;
  readonly clock: Clock;
}

/** Apiserver `pkg/util/webhook/webhook.go`. */
const DEFAULT_TIMEOUT_MS = 30_000;

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/** A webhook has not answered in time. */
export class WebhookTimeout extends Error {}

/**
 * Posts to the server that a kubeconfig file names, as the user in it, at the very path that stands there (apiserver
 * `pkg/util/webhook/webhook.go`), over connections that are kept for the next call. Disposal ends all calls.
 */
export class KubeconfigWebhook implements Disposable {
  readonly #options: Required<KubeconfigWebhookOptions>;
  readonly #dependencies: KubeconfigWebhookDependencies;
  readonly #agent: BackendAgent;
  readonly #url: URL;

  constructor(
    { access, timeoutMs = DEFAULT_TIMEOUT_MS }: KubeconfigWebhookOptions,
    dependencies: KubeconfigWebhookDependencies,
  ) {
    this.#options = { access, timeoutMs };
    this.#dependencies = dependencies;
    this.#agent = new BackendAgent(dependencies);
    this.#url = new URL(access.server.url);
    this.#url.searchParams.set("timeout", formatDuration(BigInt(timeoutMs) * 1_000_000n));
  }

  /**
   * The JSON object that comes back for a review. Rejects with a `StatusError` when the webhook reports a failure, and
   * with another Error when it cannot be understood or does not answer, both in the words of client-go.
   */
  async post(review: object, signal?: AbortSignal): Promise<object> {
    return parseReview(await this.#call(JSON.stringify(review), signal));
  }

  /** As `post`, for what is only to be taken: whatever a webhook says with its success, nobody looks at it. */
  async send(body: string, signal?: AbortSignal): Promise<void> {
    await this.#call(body, signal);
  }

  [Symbol.dispose](): void {
    this.#agent[Symbol.dispose]();
  }

  async #call(body: string, signal: AbortSignal | undefined) {
    using limit = new LinkedAbort(signal);
    using _timer = this.#dependencies.clock.after(this.#options.timeoutMs, () => limit.abort(overdue()));
    return await readAnswer(await this.#send(Buffer.from(body), limit.signal));
  }

  async #send(body: Uint8Array, until: AbortSignal): Promise<BackendResponse> {
    const { credentials } = this.#options.access;
    const [certificate, token] = await Promise.all([credentials.certificate?.(), credentials.token?.()]);
    const source = this.#agent.to({
      key: certificate?.certificate ?? "",
      connect: (signal) => this.#connect(certificate, signal),
    });
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
    const { protocol, hostname, port } = this.#url;
    const host = hostname.replace(/^\[|\]$/g, "");
    const connection = await dialer.dial({ host, port: Number(port || DEFAULT_PORTS[protocol]) }, signal);
    if (protocol === "http:") return connection;
    return await secureConnection(
      connection,
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
