import type { Dialer } from "#apiserver/backends/dialer.ts";
import { TcpDialer } from "#apiserver/backends/tcp-dialer.ts";
import { type NodeObjects, TunnelDialer } from "#apiserver/backends/tunnel-dialer.ts";
import type { Route } from "#apiserver/front/route.ts";
import type { Clock } from "#base/clock.ts";
import { TUNNEL_PATH } from "#join/tunnel/run-tunnel.ts";
import { TunnelHub } from "#join/tunnel/tunnel-hub.ts";
import type { Logger } from "#observability/logger.ts";
import type { ServerConfig } from "./config.ts";

interface TunnelsDependencies {
  readonly objects: NodeObjects;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Where agents open their tunnels, and the API server's way to what is behind them. */
export function serveTunnels(
  { disableAgent, nodeName }: Pick<ServerConfig, "disableAgent" | "nodeName">,
  { objects, clock, logger }: TunnelsDependencies,
): { readonly dialer: Dialer; readonly route: Route } {
  const tunnels = new TunnelHub({ clock, logger: logger.with({ component: "tunnel" }) });
  const direct = new TcpDialer({ clock });
  const dialer = new TunnelDialer(disableAgent ? {} : { ownNode: nodeName }, {
    tunnels,
    objects,
    direct,
    clock,
  });
  return {
    dialer,
    route: { path: TUNNEL_PATH, handler: (exchange, { user }) => tunnels.answer(exchange, user) },
  };
}
