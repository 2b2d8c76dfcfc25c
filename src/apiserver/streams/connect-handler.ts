import { badRequest } from "#apimachinery/status-error.ts";
import { attributesOf, requireAllowed } from "../authorization/authorize-request.ts";
import type { ConnectHandler } from "../front/resource-handler.ts";
import type { AdmitConnection } from "./admit-connection.ts";
import { type PodConnectionsDependencies, podConnections } from "./pod-connections.ts";
import { type ProxyConnectionsDependencies, proxyConnections } from "./proxy/proxy-connections.ts";

export type ConnectHandlerDependencies = PodConnectionsDependencies &
  ProxyConnectionsDependencies & { readonly admit: AdmitConnection };

/** Answers all subresources that are connections: to the streams of pods, and to what listens behind a proxy. */
export function createConnectHandler(dependencies: ConnectHandlerDependencies): ConnectHandler {
  const pods = podConnections(dependencies);
  const proxies = proxyConnections(dependencies);
  return async (exchange, context, located) => {
    const { target } = located.info;
    const attributes = attributesOf(context.user, target, located.verb);
    await requireAllowed(dependencies.authorizer, attributes, context.audit?.annotations);
    if (target.subresource !== "log") {
      if (exchange.query.has("dryRun")) throw badRequest("dryRun is not supported");
      await dependencies.admit(exchange, context, located);
    }
    const connect = target.subresource === "proxy" ? proxies : pods;
    return await connect(exchange, context, located);
  };
}
