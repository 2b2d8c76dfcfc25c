import type { Duplex } from "node:stream";
import { formatDuration } from "#apimachinery/duration.ts";
import { quote } from "#apimachinery/go-text.ts";
import type { Clock } from "#base/clock.ts";
import { onAbort } from "#base/disposable.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import type { Credentials } from "#client/credentials.ts";
import type { ClientCertificate } from "#client/http2-connection.ts";
import type { KubeconfigUsers } from "#client/kubeconfig.ts";
import { BackendAgent } from "../backends/backend-agent.ts";
import { type Dialer, dialTarget } from "../backends/dialer.ts";
import { secureConnection } from "../backends/secure-connection.ts";
import type { BackendResponse } from "../backends/send-request.ts";
import type { ServiceBackends } from "../backends/service-backends.ts";
import { parseReview, readAnswer } from "./read-review.ts";
import { sendReview } from "./send-review.ts";
import { type WebhookClientConfig, type WebhookTarget, webhookTarget } from "./webhook-target.ts";
import { WebhookTurns } from "./webhook-turns.ts";
import { webhookUser } from "./webhook-user.ts";

export interface WebhookClientOptions {
  /**
   * How this server trusts itself and is known to itself: webhooks that are aggregated APIs are called through it, by the
   * name of the Service `default/kubernetes`. All PEM.
   */
  readonly self: {
    readonly authority: () => string;
    readonly credential: { readonly certificate: string; readonly key: string };
  };
}

export interface WebhookClientDependencies {
  readonly services: Pick<ServiceBackends, "connect">;
  /** Reaches what a config names by a URL. */
  readonly dialer: Dialer;
  readonly clock: Clock;
}

export interface CallOptions {
  /** How long the whole call may take, which the webhook is told too; default 30 s. */
  readonly timeoutMs?: number;
  /** As one of whom the webhook is called; default: as nobody. */
  readonly users?: KubeconfigUsers | undefined;
  readonly signal: AbortSignal;
}

/** Apiserver `pkg/util/webhook/authentication.go`, `setGlobalDefaults`. */
const DEFAULT_TIMEOUT_MS = 30_000;

/** Under this name the API server calls itself. */
const SELF = "kubernetes.default.svc:443";

/**
 * Calls the webhooks that configurations name: over HTTP/1.1, so that calls spread over the endpoints of a Service, on
 * connections that are kept for the next call, never by way of a proxy, and following no redirection. Disposal ends
 * all calls.
 */
export class WebhookClient implements Disposable {
  readonly #options: WebhookClientOptions;
  readonly #dependencies: WebhookClientDependencies;
  readonly #agent: BackendAgent;
  readonly #turns = new WebhookTurns();

  constructor(options: WebhookClientOptions, dependencies: WebhookClientDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#agent = new BackendAgent(dependencies);
  }

  /**
   * Posts a review and resolves with the JSON object that comes back. Rejects with a `StatusError` when the webhook
   * reports a failure, and with another Error when it cannot be understood or does not answer, both in the words of
   * client-go: `Post "https://web.default.svc:443/convert?timeout=10s": context deadline exceeded`.
   */
  async call(config: WebhookClientConfig, review: unknown, options: CallOptions): Promise<object> {
    const target = webhookTarget(config);
    const { timeoutMs = DEFAULT_TIMEOUT_MS, users, signal } = options;
    const path = `${target.path}?timeout=${wholeSeconds(timeoutMs)}`;
    using limit = new LinkedAbort();
    using _canceled = onAbort(signal, () => limit.abort(new Error("context canceled")));
    using _timer = this.#dependencies.clock.after(timeoutMs, () => limit.abort(overdue(options)));
    const body = Buffer.from(JSON.stringify(review));
    const user = users && target.host !== SELF ? webhookUser(users, hostAndPort(target)) : undefined;
    const response = await this.#post(target, { path, body, user }, { until: limit.signal, signal });
    return parseReview(await readAnswer(response));
  }

  [Symbol.dispose](): void {
    this.#agent[Symbol.dispose]();
  }

  async #post(
    target: WebhookTarget,
    { path, body, user }: WebhookRequest,
    { until, signal }: { readonly until: AbortSignal; readonly signal: AbortSignal },
  ): Promise<BackendResponse> {
    const [certificate, token] = await Promise.all([user?.certificate?.(), user?.token?.()]);
    const source = this.#agent.to({
      key: `${target.key}${certificate?.certificate ?? ""}`,
      connect: (end) => this.#connect(target, certificate, end),
    });
    const headers = {
      ...headersOf(target, body),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const request = { method: "POST", path, headers, body };
    try {
      using turn = await this.#turns.take(target.key, until);
      try {
        const response = await sendReview(source, request, { ...this.#dependencies, until });
        turn.report(true);
        return response;
      } catch (error) {
        if (!signal.aborted) turn.report(false);
        throw error;
      }
    } catch (error) {
      throw new Error(
        `Post ${quote(`https://${target.host}${path}`)}: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    }
  }

  async #connect(
    target: WebhookTarget,
    certificate: ClientCertificate | undefined,
    signal: AbortSignal,
  ): Promise<Duplex> {
    const { services, dialer, clock } = this.#dependencies;
    const { place, serverName, authorities = "" } = target;
    const { authority, credential } = this.#options.self;
    const connection =
      place.to === "service"
        ? await services.connect(place.service, signal)
        : await dialer.dial(place.address, signal);
    const trusted = target.host === SELF ? `${authority()}\n${authorities}` : authorities;
    return await secureConnection(
      connection,
      {
        serverName,
        ...(trusted !== "" && { authorities: trusted }),
        ...(certificate && { credential: certificate }),
        ...(target.host === SELF && { credential }),
      },
      { clock, signal },
    );
  }
}

interface WebhookRequest {
  readonly path: string;
  readonly body: Uint8Array;
  readonly user: Credentials | undefined;
}

function hostAndPort({ place, serverName }: WebhookTarget): string {
  const { port } = place.to === "service" ? place.service : place.address;
  return dialTarget(serverName, port);
}

function headersOf({ host }: WebhookTarget, body: Uint8Array) {
  return {
    host,
    "user-agent": "kube-apiserver-admission",
    accept: "application/json, */*",
    "content-type": "application/json",
    "content-length": String(body.length),
  };
}

/** As client-go tells a webhook, rounded up. */
function wholeSeconds(timeoutMs: number): string {
  return formatDuration(BigInt(Math.ceil(timeoutMs / 1000)) * 1_000_000_000n);
}

function overdue({ timeoutMs }: CallOptions): Error {
  const text = "context deadline exceeded";
  return new Error(
    timeoutMs === undefined ? `${text} (Client.Timeout exceeded while awaiting headers)` : text,
  );
}
