import type { UserInfo } from "#apimachinery/user.ts";
import { type Answer, textAnswer } from "#https/answer.ts";
import { AuthenticationError, type Authenticator } from "#https/authenticator.ts";
import type { Exchange } from "#https/exchange.ts";
import type { Application } from "#https/listener.ts";
import type { Logger } from "#observability/logger.ts";
import type { KubeletAuthorizer } from "./kubelet-authorizer.ts";
import { type NodeRequestAttributes, nodeRequestAttributes } from "./request-attributes.ts";
import type { RequestMetrics } from "./request-metrics.ts";
import { findRoute, type KubeletRoute } from "./route.ts";
import { ServingError } from "./serving-error.ts";

export interface KubeletApplicationDependencies {
  readonly authenticator: Authenticator;
  readonly authorizer: KubeletAuthorizer;
  readonly requestMetrics: RequestMetrics;
  readonly logger: Logger;
}

/** Leads a request through authentication and authorization to its route. Nothing is open to everybody. */
export function createKubeletApplication(
  routes: readonly KubeletRoute[],
  dependencies: KubeletApplicationDependencies,
): Application {
  return {
    answer: async (exchange) => {
      dependencies.requestMetrics.count(exchange);
      try {
        await requirePermission(exchange, dependencies);
        const { route, parameters } = findRoute(routes, exchange.method, exchange.path);
        return await route.answer(exchange, parameters);
      } catch (error) {
        return errorAnswer(error, exchange, dependencies.logger);
      }
    },
  };
}

async function requirePermission(
  exchange: Exchange,
  { authenticator, authorizer, logger }: KubeletApplicationDependencies,
): Promise<void> {
  const user = await authenticate(exchange, authenticator, logger);
  const attributes = nodeRequestAttributes(exchange.method, exchange.path);
  const { verb, subresources } = attributes;
  if (await isAllowed(user, attributes, { authorizer, logger })) return;
  throw new ServingError(
    403,
    `Forbidden (user=${user.name}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(" ")}])\n`,
  );
}

async function isAllowed(
  user: UserInfo,
  attributes: NodeRequestAttributes,
  { authorizer, logger }: Pick<KubeletApplicationDependencies, "authorizer" | "logger">,
): Promise<boolean> {
  try {
    return await authorizer.authorize(user, attributes);
  } catch (error) {
    const { verb, subresources } = attributes;
    logger.warn("Could not find out what a user may do", { user: user.name, error });
    throw new ServingError(
      500,
      `Authorization error (user=${user.name}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(" ")}])`,
    );
  }
}

async function authenticate(
  exchange: Exchange,
  authenticator: Authenticator,
  logger: Logger,
): Promise<UserInfo> {
  try {
    const user = await authenticator.authenticate(exchange);
    if (user !== undefined) return user;
  } catch (error) {
    if (!(error instanceof AuthenticationError)) throw error;
    logger.info("Refused credentials", { reason: error.message, address: exchange.peer.address });
  }
  throw new ServingError(401, "Unauthorized");
}

function errorAnswer(error: unknown, { method, path, signal }: Exchange, logger: Logger): Answer {
  if (error instanceof ServingError) return textAnswer(error.code, error.message, error.fields);
  if (!signal.aborted) logger.warn("Failed to serve a request", { method, path, error });
  return textAnswer(500, error instanceof Error ? error.message : String(error));
}
