import type { Aggregator } from "#apiserver/aggregation/aggregator.ts";
import type { ApiServerCore } from "#apiserver/api-server-core.ts";
import type { Auditor } from "#apiserver/audit/auditor.ts";
import type { AnonymousAccess } from "#apiserver/authentication/anonymous.ts";
import { frontProxyAuthenticator } from "#apiserver/authentication/front-proxy.ts";
import { frontProxyHeaderTest } from "#apiserver/authentication/front-proxy-headers.ts";
import { webSocketTokenAuthenticator } from "#apiserver/authentication/web-socket-token.ts";
import type { Dialer } from "#apiserver/backends/dialer.ts";
import type { ClusterState } from "#apiserver/cluster-state.ts";
import type { FlowControl } from "#apiserver/flowcontrol/flow-control.ts";
import { type ApiFront, createApiFront } from "#apiserver/front/api-front.ts";
import type { Route } from "#apiserver/front/route.ts";
import { serverVersion } from "#apiserver/front/server-version.ts";
import { createConnectHandler } from "#apiserver/streams/connect-handler.ts";
import { DirectKubeletConnector } from "#apiserver/streams/direct-kubelet-connector.ts";
import type { Clock } from "#base/clock.ts";
import { buildVersion, gitVersion } from "#base/version.ts";
import { type TokenAuthenticator, unionAuthenticator } from "#https/authenticator.ts";
import { bearerTokenAuthenticator } from "#https/bearer-token.ts";
import { clientCertificateAuthenticator } from "#https/client-certificate.ts";
import type { ListenerOptions } from "#https/listener.ts";
import type { HealthChecks } from "#observability/health.ts";
import type { Logger } from "#observability/logger.ts";
import type { Metrics } from "#observability/metrics.ts";
import type { RenewedPki } from "#pki/renewed-pki.ts";
import type { ServerConfig } from "./config.ts";
import type { FrontProxies } from "./front-proxies.ts";

/** What the front shows and believes at present. */
export type FrontTls = () => ListenerOptions & Required<Pick<ListenerOptions, "frontProxyAuthority">>;

export interface FrontDependencies
  extends Pick<ApiServerCore, "pipeline" | "authorizer" | "admitConnection"> {
  readonly state: ClusterState;
  readonly pki: RenewedPki;
  readonly aggregator: Aggregator;
  readonly routes: readonly Route[];
  readonly dialer: Dialer;
  readonly flowControl: FlowControl;
  readonly auditor: Auditor | undefined;
  readonly tokens: TokenAuthenticator;
  readonly tls: FrontTls;
  readonly frontProxies: FrontProxies;
  readonly anonymous: AnonymousAccess;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly health: HealthChecks;
}

/** What listens to clients: who they are, where their requests go, and the way to kubelets. */
export function createFront({ requestTimeoutMs }: ServerConfig, dependencies: FrontDependencies): ApiFront {
  const { state, authorizer, dialer, pki, tokens, frontProxies, clock, logger } = dependencies;
  const kubelets = new DirectKubeletConnector(
    { authority: () => pki.authorities["server-ca"], credential: pki.credentials["client-kube-apiserver"] },
    { dialer, clock },
  );
  return createApiFront(
    {
      tls: dependencies.tls(),
      version: servedVersion(),
      timeouts: { maxRequestMs: requestTimeoutMs },
      advertiseAddress: () => pki.nodeIPs[0] ?? "",
    },
    {
      ...dependencies,
      registry: state.registry,
      schemas: state.schemas,
      isFrontProxyHeader: frontProxyHeaderTest(frontProxies.headers),
      authenticator: unionAuthenticator([
        frontProxyAuthenticator(frontProxies, { clock }),
        clientCertificateAuthenticator({ clock }),
        bearerTokenAuthenticator([tokens]),
        webSocketTokenAuthenticator([tokens]),
      ]),
      connect: createConnectHandler({
        objects: state.objects,
        kubelets,
        authorizer,
        admit: dependencies.admitConnection,
        dialer,
        clock,
        random: Math.random,
      }),
      logger: logger.with({ component: "apiserver" }),
    },
  );
}

function servedVersion() {
  const { commit, bun } = buildVersion;
  return serverVersion({
    gitVersion: gitVersion(buildVersion),
    commit,
    buildDate: buildVersion.date,
    runtime: `bun${bun}`,
    platform: `linux/${process.arch === "x64" ? "amd64" : process.arch}`,
  });
}
