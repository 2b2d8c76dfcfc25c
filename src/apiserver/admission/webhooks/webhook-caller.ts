import { internalError, StatusError, timeout } from "#apimachinery/status-error.ts";
import type { Clock } from "#base/clock.ts";
import type { KubeconfigUsers } from "#client/kubeconfig.ts";
import type { WebhookClient } from "../../webhook/webhook-client.ts";
import type { AdmissionRequest } from "../admission-plugin.ts";
import type { MatchedResource } from "../matching/resource-matcher.ts";
import type { VersionedObjects } from "../matching/versioned-objects.ts";
import { type AdmissionResponse, denial, readResponse } from "./admission-response.ts";
import { admissionReview, reviewVersion } from "./admission-review.ts";
import type { Hook } from "./hook.ts";
import { dryRunUnsupported, WebhookFailure } from "./webhook-failure.ts";
import type { ObservedCall, WebhookMetrics, WebhookType } from "./webhook-metrics.ts";

export interface WebhookCallerDependencies {
  readonly webhooks: Pick<WebhookClient, "call">;
  readonly metrics: WebhookMetrics;
  readonly clock: Clock;
  readonly newUid: () => string;
  /** As one of whom the webhooks of a plugin are called; default: as nobody. */
  readonly webhookUsers?: WebhookUsers | undefined;
}

export type WebhookUsers = Readonly<Record<WebhookType, KubeconfigUsers | undefined>>;

/** A webhook that is to be asked about a request, and what about it. */
export interface Invocation {
  readonly hook: Hook;
  readonly matched: MatchedResource;
  readonly objects: VersionedObjects;
}

/** What comes of asking: who is refused gets the error, and `failed` is for the policy of the webhook to judge. */
export type Verdict<T> =
  | { readonly type: "allowed"; readonly result: T }
  | { readonly type: "refused"; readonly error: StatusError }
  | { readonly type: "failed"; readonly error: WebhookFailure };

/** The default of `timeoutSeconds`. */
const TIMEOUT_SECONDS = 10;

/** Asks webhooks, and counts what comes of it. */
export class WebhookCaller {
  readonly #type: WebhookType;
  readonly #dependencies: WebhookCallerDependencies;

  constructor(type: WebhookType, dependencies: WebhookCallerDependencies) {
    this.#type = type;
    this.#dependencies = dependencies;
  }

  /**
   * What a webhook says, made into a result by `accept` when it allows the request. Undefined says that it could not be
   * asked, and that its policy lets requests by. Throws a StatusError for a request that may not go on.
   */
  async call<T>(
    request: AdmissionRequest,
    invocation: Invocation,
    accept: (response: AdmissionResponse) => Promise<T>,
  ): Promise<{ readonly result: T } | undefined> {
    const { name, failurePolicy } = invocation.hook.webhook;
    const { clock, metrics } = this.#dependencies;
    const started = clock.now();
    const mayFail = failurePolicy === "Ignore";
    const verdict = await this.#judge(request, invocation, accept);
    const ms = clock.now() - started;
    request.took(this.#type === "admit" ? "mutating-webhook" : "validating-webhook", ms);
    const call = { name, type: this.#type, operation: request.operation, seconds: ms / 1000 };
    metrics.observe({ ...call, ...observed(verdict, mayFail) });
    if (verdict.type === "allowed") return verdict;
    if (verdict.type === "refused") throw verdict.error;
    if (!mayFail) throw internalError(verdict.error.message, { cause: verdict.error });
    if (request.signal.aborted) throw timeout("request did not complete within requested timeout");
    metrics.observeFailOpen(name, this.#type);
    return undefined;
  }

  async #judge<T>(
    request: AdmissionRequest,
    invocation: Invocation,
    accept: (response: AdmissionResponse) => Promise<T>,
  ): Promise<Verdict<T>> {
    const { name } = invocation.hook.webhook;
    try {
      const response = await this.#ask(request, invocation);
      for (const [key, value] of Object.entries(response.auditAnnotations)) {
        request.annotate(`${name}/${key}`, value);
      }
      for (const warning of response.warnings) request.warn(warning);
      if (!response.allowed) return { type: "refused", error: denial(name, response.result) };
      return { type: "allowed", result: await accept(response) };
    } catch (error) {
      if (error instanceof WebhookFailure) return { type: "failed", error };
      if (error instanceof StatusError) return { type: "refused", error };
      throw error;
    }
  }

  async #ask(request: AdmissionRequest, { hook, matched, objects }: Invocation): Promise<AdmissionResponse> {
    const { name, sideEffects, admissionReviewVersions, timeoutSeconds, clientConfig } = hook.webhook;
    if (request.dryRun && sideEffects !== "None" && sideEffects !== "NoneOnDryRun") {
      throw dryRunUnsupported(name);
    }
    const version = reviewVersion(admissionReviewVersions);
    if (version === undefined) {
      const why = "webhook does not accept known AdmissionReview versions (v1, v1beta1)";
      throw new WebhookFailure(name, `could not create admission objects: ${why}`, 400);
    }
    const uid = this.#dependencies.newUid();
    const review = admissionReview({ uid, version }, request, { matched, objects });
    const timeoutMs = (timeoutSeconds ?? TIMEOUT_SECONDS) * 1000;
    const { webhooks, webhookUsers } = this.#dependencies;
    const options = { timeoutMs, users: webhookUsers?.[this.#type], signal: request.signal };
    const answer = await this.#post(name, () => webhooks.call(clientConfig, review, options));
    try {
      return readResponse(answer, { uid, version, mayPatch: this.#type === "admit" });
    } catch (error) {
      throw new WebhookFailure(name, `received invalid webhook response: ${messageOf(error)}`, 503);
    }
  }

  async #post(name: string, send: () => Promise<object>): Promise<object> {
    try {
      return await send();
    } catch (cause) {
      const code = cause instanceof StatusError ? cause.status.code : 503;
      throw new WebhookFailure(name, `failed to call webhook: ${messageOf(cause)}`, code, { cause });
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function observed<T>(verdict: Verdict<T>, mayFail: boolean): Pick<ObservedCall, "code" | "rejection"> {
  switch (verdict.type) {
    case "allowed":
      return { code: 200 };
    case "refused":
      return { code: verdict.error.status.code, rejection: "no_error" };
    case "failed":
      return { code: verdict.error.code, ...(!mayFail && { rejection: "calling_webhook_error" }) };
  }
}
