import { readFile } from "node:fs/promises";
import { abacAuthorizer } from "#apiserver/authorization/abac/abac-authorizer.ts";
import { parseAbacPolicies } from "#apiserver/authorization/abac/abac-policy.ts";
import { AuthorizationMetrics } from "#apiserver/authorization/authorization-metrics.ts";
import type { Authorizer } from "#apiserver/authorization/authorizer.ts";
import {
  type Authorization,
  AuthorizerChain,
  type ChainDependencies,
  type ChainLink,
  openChain,
} from "#apiserver/authorization/authorizer-chain.ts";
import {
  type AuthorizerConfiguration,
  DEFAULT_AUTHORIZERS,
  nameOfType,
} from "#apiserver/authorization/configuration/authorization-configuration.ts";
import { parseAuthorizers } from "#apiserver/authorization/configuration/parse-authorizers.ts";
import { KubeconfigError } from "#client/kubeconfig.ts";
import type { Logger } from "#observability/logger.ts";
import type { Metrics } from "#observability/metrics.ts";
import type { AuthorizationConfig } from "./authorization-config.ts";
import type { ServerConfig } from "./config.ts";
import { ConfigurationReload } from "./configuration-reload.ts";
import { unusableFile } from "./unusable-file.ts";

interface AuthorizationDependencies extends Pick<ChainDependencies, "dialer" | "clock" | "logger"> {
  readonly metrics: Metrics;
}

const FLAG = "authorization-config";
const FROM_THE_START: readonly string[] = ["ABAC", "Node", "RBAC"];
const AUTHORIZED_TTL_MS = 300_000;
const UNAUTHORIZED_TTL_MS = 30_000;
const WEBHOOK_TIMEOUT_MS = 30_000;

/** Who decides, as the operator says. What is opened goes on the stack. Rejects with a StartupError. */
export async function openAuthorization(
  config: AuthorizationConfig & Pick<ServerConfig, "nodeName">,
  stack: AsyncDisposableStack,
  dependencies: AuthorizationDependencies,
): Promise<{ readonly authorization: Authorization }> {
  const metrics = new AuthorizationMetrics(dependencies.metrics);
  const logger = dependencies.logger.with({ component: "authorization" });
  const abac = await openPolicies(config, logger);
  const parts = { ...dependencies, abac, metrics, logger, random: Math.random };
  const open = (authorizers: readonly AuthorizerConfiguration[]) => openChain(authorizers, stack, parts);
  const { authorizationConfig: file } = config;
  if (file === "") {
    const chain = await openNamed(
      () => open(authorizersOf(config)),
      "authorization-webhook-config-file",
      config.authorizationWebhookConfigFile,
    );
    return { authorization: { chain, metrics } };
  }
  const { text, authorizers } = await readAuthorizers(file);
  if (abac === undefined && authorizers.some(({ type }) => type === "ABAC"))
    throw unusableFile(FLAG, file, "the authorizer ABAC needs --authorization-policy-file");
  const chain = await openNamed(() => open(authorizers), FLAG, file);
  const reload = new ConfigurationReload<readonly AuthorizerConfiguration[]>(
    { subject: "authorization", file, text, serverId: config.nodeName },
    {
      ...dependencies,
      parse: parserOfChanges(authorizers),
      apply: async (changed) => chain.replace(await open(changed)),
    },
  );
  stack.use(reload).start();
  return { authorization: { chain, metrics } };
}

/** Read once: who changes the policies has to start the server again. */
async function openPolicies(
  { authorizationPolicyFile: file }: AuthorizationConfig,
  logger: Logger,
): Promise<Authorizer | undefined> {
  if (file === "") return undefined;
  const parsed = parseAbacPolicies(await readNamed("authorization-policy-file", file));
  if (typeof parsed === "string") throw unusableFile("authorization-policy-file", file, parsed);
  if (parsed.unversioned > 0)
    logger.warn("Read policies that have no version", { file, count: parsed.unversioned });
  return abacAuthorizer(parsed.policies);
}

async function openNamed(
  open: () => Promise<readonly ChainLink[]>,
  flag: string,
  file: string,
): Promise<AuthorizerChain> {
  try {
    return new AuthorizerChain(await open());
  } catch (cause) {
    if (!(cause instanceof KubeconfigError)) throw cause;
    throw unusableFile(flag, file, cause.message, cause);
  }
}

async function readAuthorizers(
  file: string,
): Promise<{ readonly text: string; readonly authorizers: readonly AuthorizerConfiguration[] }> {
  const text = await readNamed(FLAG, file);
  const authorizers = parseAuthorizers(text);
  // Errors of expressions show where they are in lines of their own.
  if (typeof authorizers === "string")
    throw unusableFile(FLAG, file, authorizers.replaceAll(/\s*\n\s*/g, " "));
  return { text, authorizers };
}

async function readNamed(flag: string, file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw unusableFile(flag, file, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** Webhooks may come and go; the others stay, because what they look at is read or followed from the start. */
function parserOfChanges(authorizers: readonly AuthorizerConfiguration[]) {
  const types = authorizers.map(({ type }) => type).filter((type) => type !== "Webhook");
  return (text: string): readonly AuthorizerConfiguration[] | string => {
    const changed = parseAuthorizers(text, types);
    if (typeof changed === "string") return changed;
    const added = changed.find(
      ({ type }) => FROM_THE_START.includes(type) && !types.some((each) => each === type),
    );
    return added === undefined
      ? changed
      : `authorizer type ${added.type} is not allowed if it was not enabled at initial server startup`;
  };
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
