import type { Clock } from "#base/clock.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import type { ClusterAccess } from "#client/kubeconfig.ts";

/** Apiserver `pkg/util/webhook/webhook.go`. */
const TIMEOUT_MS = 30_000;

/** The server that a kubeconfig file names, asked as the user in it. */
export class KubeconfigWebhook {
  readonly #access: ClusterAccess;
  readonly #clock: Clock;

  constructor(access: ClusterAccess, { clock }: { readonly clock: Clock }) {
    this.#access = access;
    this.#clock = clock;
  }

  /** Resolves with an answer that reports success. Rejects when there is none within 30 s, or the signal aborts. */
  async post(body: string, signal?: AbortSignal): Promise<Response> {
    using limit = new LinkedAbort(signal);
    using _timer = this.#clock.after(TIMEOUT_MS, () => limit.abort(new Error("context deadline exceeded")));
    const answer = await this.#send(body, limit.signal);
    if (answer.ok) return answer;
    // A body that nobody reads would keep its connection.
    await answer.body?.cancel();
    throw new Error(`${String(answer.status)} ${answer.statusText}`);
  }

  async #send(body: string, signal: AbortSignal): Promise<Response> {
    const { server, credentials } = this.#access;
    const [certificate, bearer] = await Promise.all([credentials.certificate?.(), credentials.token?.()]);
    const { ca, serverName, insecure } = server;
    return await fetch(`${server.url}?timeout=${String(TIMEOUT_MS / 1000)}s`, {
      method: "POST",
      body,
      headers: {
        accept: "application/json, */*",
        "content-type": "application/json",
        ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      },
      redirect: "error",
      signal,
      tls: {
        ...(ca !== undefined && { ca }),
        ...(serverName !== undefined && { serverName }),
        ...(insecure === true && { rejectUnauthorized: false }),
        ...(certificate && { cert: certificate.certificate, key: certificate.key }),
      },
    });
  }
}
