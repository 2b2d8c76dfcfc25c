import {
  type AuthorizerConfiguration,
  DEFAULT_AUTHORIZERS,
  nameOfType,
} from "#apiserver/authorization/authorization-configuration.ts";
import { AuthorizationMetrics } from "#apiserver/authorization/authorization-metrics.ts";
import {
  type Authorization,
  type ChainDependencies,
  type ChainLink,
  openChain,
} from "#apiserver/authorization/authorizer-chain.ts";
import { Listeners } from "#base/listeners.ts";
import { KubeconfigError } from "#client/kubeconfig.ts";
import type { Metrics } from "#observability/metrics.ts";
import type { AuthorizationConfig } from "./authorization-config.ts";
import { unusableFile } from "./unusable-file.ts";

interface AuthorizationDependencies extends Pick<ChainDependencies, "dialer" | "clock" | "logger"> {
  readonly metrics: Metrics;
}

const AUTHORIZED_TTL_MS = 300_000;
const UNAUTHORIZED_TTL_MS = 30_000;
const WEBHOOK_TIMEOUT_MS = 30_000;

/** Who decides, as the operator says. What is opened goes on the stack. Rejects with a StartupError. */
export async function openAuthorization(
  config: AuthorizationConfig,
  stack: AsyncDisposableStack,
  dependencies: AuthorizationDependencies,
): Promise<{ readonly authorization: Authorization }> {
  const metrics = new AuthorizationMetrics(dependencies.metrics);
  const logger = dependencies.logger.with({ component: "authorization" });
  const parts = { ...dependencies, metrics, logger, random: Math.random };
  try {
    const current = await openChain(authorizersOf(config), stack, parts);
    const chain = { current, onChanged: new Listeners<[readonly ChainLink[]]>() };
    return { authorization: { chain, metrics } };
  } catch (cause) {
    if (!(cause instanceof KubeconfigError)) throw cause;
    const file = config.authorizationWebhookConfigFile;
    throw unusableFile("authorization-webhook-config-file", file, cause.message, cause);
  }
}

/** What the flags say, in the words of a file (kubernetes `pkg/kubeapiserver/options/authorization.go`). */
function authorizersOf(config: AuthorizationConfig): readonly AuthorizerConfiguration[] {
  if (config.authorizationMode.length === 0) return DEFAULT_AUTHORIZERS;
  return config.authorizationMode.map((type) =>
    type === "Webhook" ? webhookOf(config) : { type, name: nameOfType(type) },
  );
}

function webhookOf({
  authorizationWebhookConfigFile: kubeConfigFile,
  authorizationWebhookVersion: subjectAccessReviewVersion = "v1beta1",
  authorizationWebhookCacheAuthorizedTtlMs: authorizedTtlMs = AUTHORIZED_TTL_MS,
  authorizationWebhookCacheUnauthorizedTtlMs: unauthorizedTtlMs = UNAUTHORIZED_TTL_MS,
}: AuthorizationConfig): AuthorizerConfiguration {
  return {
    type: "Webhook",
    name: "default",
    webhook: {
      kubeConfigFile,
      subjectAccessReviewVersion,
      authorizedTtlMs,
      unauthorizedTtlMs,
      timeoutMs: WEBHOOK_TIMEOUT_MS,
      failurePolicy: "NoOpinion",
      matchConditions: [],
    },
  };
}
