import type { ConnectHandler } from "../front/resource-handler.ts";
import { type PodConnectionsDependencies, podConnections } from "./pod-connections.ts";
import { type ProxyConnectionsDependencies, proxyConnections } from "./proxy/proxy-connections.ts";

export type ConnectHandlerDependencies = PodConnectionsDependencies & ProxyConnectionsDependencies;

/** Answers all subresources that are connections: to the streams of pods, and to what listens behind a proxy. */
export function createConnectHandler(dependencies: ConnectHandlerDependencies): ConnectHandler {
  const pods = podConnections(dependencies);
  const proxies = proxyConnections(dependencies);
  return (exchange, context, located) =>
    located.info.target.subresource === "proxy"
      ? proxies(exchange, context, located)
      : pods(exchange, context, located);
}
