import type { Clock } from "#base/clock.ts";
import { Listeners } from "#base/listeners.ts";
import { loadKubeconfig } from "#client/kubeconfig.ts";
import type { Logger } from "#observability/logger.ts";
import type { Metrics } from "#observability/metrics.ts";
import type { Dialer } from "../backends/dialer.ts";
import { KubeconfigWebhook } from "../webhook/kubeconfig-webhook.ts";
import { AuthorizationMetrics } from "./authorization-metrics.ts";
import type { Authorizer } from "./authorizer.ts";
import {
  type AuthorizerConfiguration,
  DEFAULT_AUTHORIZERS,
  type NamedAuthorizer,
  type WebhookConfiguration,
} from "./configuration/authorization-configuration.ts";
import { conditionsOf } from "./webhook/lazy-conditions.ts";
import { WebhookAuthorizer } from "./webhook/webhook-authorizer.ts";

/** An authorizer in its place; those that look at what is stored are still to be made. */
export type ChainLink = StoredLink | OpenedLink;

interface StoredLink extends NamedAuthorizer {
  readonly type: Exclude<NamedAuthorizer["type"], "ABAC">;
}

interface OpenedLink {
  readonly type: "Webhook" | "ABAC";
  readonly name: string;
  readonly authorizer: Authorizer;
}

/** Who decides, in which order, until that is changed. */
export class AuthorizerChain {
  readonly onChanged = new Listeners<[links: readonly ChainLink[]]>();
  #current: readonly ChainLink[];

  constructor(current: readonly ChainLink[]) {
    this.#current = current;
  }

  get current(): readonly ChainLink[] {
    return this.#current;
  }

  /** Questions that are being decided are not asked anew. */
  replace(links: readonly ChainLink[]): void {
    this.#current = links;
    this.onChanged.tell(links);
  }
}

/** A chain, and what is counted of it. */
export interface Authorization {
  readonly chain: AuthorizerChain;
  readonly metrics: AuthorizationMetrics;
}

/** Node and RBAC. */
export function defaultAuthorization(metrics: Metrics): Authorization {
  return { chain: new AuthorizerChain(DEFAULT_AUTHORIZERS), metrics: new AuthorizationMetrics(metrics) };
}

export interface ChainDependencies {
  /** What the policy file says; undefined where there is none. */
  readonly abac: Authorizer | undefined;
  readonly dialer: Dialer;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: AuthorizationMetrics;
}

/** Makes those that look at nothing stored. Rejects with a `KubeconfigError`; what is opened goes on the stack. */
export async function openChain(
  authorizers: readonly AuthorizerConfiguration[],
  stack: AsyncDisposableStack,
  dependencies: ChainDependencies,
): Promise<readonly ChainLink[]> {
  return await Promise.all(
    authorizers.map(async (configured): Promise<ChainLink> => {
      const { type, name } = configured;
      switch (type) {
        case "Webhook":
          return { type, name, authorizer: await openWebhook(name, configured.webhook, stack, dependencies) };
        case "ABAC":
          if (dependencies.abac === undefined)
            throw new Error("There are no policies for the authorizer ABAC");
          return { type, name, authorizer: dependencies.abac };
        case "AlwaysAllow":
        case "AlwaysDeny":
        case "Node":
        case "RBAC":
          return { type, name };
      }
    }),
  );
}

async function openWebhook(
  name: string,
  configuration: WebhookConfiguration,
  stack: AsyncDisposableStack,
  dependencies: ChainDependencies,
): Promise<Authorizer> {
  const { kubeConfigFile, timeoutMs, matchConditions } = configuration;
  const access = await loadKubeconfig(kubeConfigFile, { ...dependencies, mayBePlain: true });
  const webhook = stack.use(new KubeconfigWebhook({ access, timeoutMs }, dependencies));
  const { evaluate } = conditionsOf(matchConditions, "matchConditions");
  const conditions = matchConditions.length > 0 ? evaluate : undefined;
  return new WebhookAuthorizer({ name, ...configuration }, { ...dependencies, webhook, conditions });
}
