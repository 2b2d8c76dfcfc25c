import type { Clock } from "#base/clock.ts";
import type { NodeCredentials } from "#join/enroll/node-credentials.ts";
import type { ServerBalancer } from "#join/servers/server-balancer.ts";
import { AgentTunnels } from "#join/tunnel/agent-tunnels.ts";
import type { Logger } from "#observability/logger.ts";
import type { SharedInformers } from "#reconcile/shared-informers.ts";
import type { NodeConfig } from "./config.ts";
import type { HostAddress } from "./host-address.ts";
import { KUBELET_PORT } from "./kubelet-server.ts";

interface TunnelsDependencies {
  readonly address: HostAddress;
  readonly credentials: NodeCredentials;
  readonly balancer: ServerBalancer;
  /** Of a part that may read nodes. */
  readonly informers: SharedInformers;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The tunnels through which servers reach this node; whether they are open tells the balancer which servers work. */
export function openTunnels(
  { nodeName }: NodeConfig,
  { address, credentials, balancer, informers, clock, logger }: TunnelsDependencies,
): AgentTunnels {
  const nodes = informers.informer("Node", { fieldSelector: `metadata.name=${nodeName}` });
  const tunnels = new AgentTunnels(
    {
      authority: () => credentials.serverAuthority,
      credentials: credentials.of("client-kubelet"),
      targets: () => ({
        kubelet: { host: address.current, port: KUBELET_PORT },
        podCIDRs: nodes.get("", nodeName)?.spec.podCIDRs ?? [],
      }),
      onChange: (server, isOpen) => balancer.setHealth(server, isOpen),
    },
    { clock, random: Math.random, logger: logger.with({ component: "tunnel" }) },
  );
  tunnels.update(balancer.candidates);
  return tunnels;
}
