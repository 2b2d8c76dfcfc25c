import { join } from "node:path";
import { BuiltInSchemas } from "#api/schemas.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import { Aggregator, type AggregatorDependencies } from "#apiserver/aggregation/aggregator.ts";
import type { AuthenticationTrust } from "#apiserver/aggregation/trust/plan-trust.ts";
import {
  type ApiServerCore,
  type ApiServerCoreDependencies,
  type ApiServerCoreOptions,
  createApiServerCore,
} from "#apiserver/api-server-core.ts";
import type { Dialer } from "#apiserver/backends/dialer.ts";
import { ServiceBackends } from "#apiserver/backends/service-backends.ts";
import { type ClusterState, createClusterState } from "#apiserver/cluster-state.ts";
import { createFlowControl } from "#apiserver/flowcontrol/flow-control.ts";
import type { ApiFront } from "#apiserver/front/api-front.ts";
import type { Route } from "#apiserver/front/route.ts";
import { createInProcessTransport } from "#apiserver/in-process-transport.ts";
import { ServiceIPRange } from "#apiserver/services/ip-range.ts";
import { NodePortRange } from "#apiserver/services/port-range.ts";
import { WebhookClient } from "#apiserver/webhook/webhook-client.ts";
import { parseCIDRs } from "#base/cidr.ts";
import type { Clock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import { createClient } from "#client/create-client.ts";
import type { HealthChecks } from "#observability/health.ts";
import type { Logger } from "#observability/logger.ts";
import type { Metrics } from "#observability/metrics.ts";
import type { Pki } from "#pki/pki.ts";
import type { RenewedPki } from "#pki/renewed-pki.ts";
import type { ServiceAccountKeys } from "#pki/service-account-keys.ts";
import { openSqliteStore } from "#store/sqlite/sqlite-store.ts";
import type { Store } from "#store/store.ts";
import { openAdmissionConfiguration } from "./admission-configuration.ts";
import { openAuditor } from "./audit.ts";
import { openAuthentication } from "./authentication.ts";
import { openAuthorization } from "./authorization.ts";
import { certificateRoute } from "./certificate-route.ts";
import { openCertificates } from "./certificates.ts";
import type { ComponentHealth } from "./component-health.ts";
import type { ServerConfig } from "./config.ts";
import { createFront } from "./create-front.ts";
import { openEncryption } from "./encryption.ts";
import type { FrontProxies } from "./front-proxies.ts";
import { type JoinRoutesDependencies, joinRoutes } from "./join-routes.ts";
import type { NodesDependencies } from "./nodes-behind.ts";
import { serveTunnels } from "./serve-tunnels.ts";
import { featuresOf, servedKinds } from "./served-kinds.ts";

export interface ApiServerDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly health: HealthChecks;
  readonly components: ComponentHealth;
}

/** The API server of this process: its store, its keys, and what answers requests. */
export interface ApiServer extends AsyncDisposable {
  readonly pki: RenewedPki;
  /** Of service accounts' tokens. */
  readonly accountKeys: Pick<ServiceAccountKeys, "sign">;
  readonly core: ApiServerCore;
  readonly front: ApiFront;
  /** What other servers add to the API; starts to write once it is told to. */
  readonly aggregator: Aggregator;
  /** A client that shares objects with the server, under an identity; `userAgent` names the component. */
  client(user: UserInfo, userAgent: string): Client;
}

/** Opens the data directory and puts the API server together. It answers once `front.listen` has been called. */
export async function openApiServer(
  config: ServerConfig,
  dependencies: ApiServerDependencies,
): Promise<ApiServer> {
  const { clock, logger } = dependencies;
  await using stack = new AsyncDisposableStack();
  const { store, pki, beginRoutes } = await openDataDirectory(stack, config, dependencies);
  const state = openState(config, store, logger);
  const { objects } = state;
  const { dialer, route: tunnelRoute } = serveTunnels(config, { ...dependencies, objects });
  const reached = { ...dependencies, dialer };
  const { webhookUsers, ...admission } = await openAdmissionConfiguration(config, stack, reached);
  const auditor = stack.use(await openAuditor(config, stack, reached));
  const tokens = await openAuthentication(config, stack, { ...reached, pki, objects });
  const hooks = { webhookUsers, webhooks: stack.use(createWebhookClient(state, pki, { dialer, clock })) };
  const rights = await openAuthorization(config, stack, reached);
  const components = dependencies.components.parts(store);
  const options = { ...coreOptions(config), ...admission };
  const core = stack.use(
    createCore(options, { ...dependencies, ...tokens, ...rights, ...hooks, state, components, auditor }),
  );
  addHealthChecks(dependencies.health, store, core);
  const { client, pipeline, authorizer, admitConnection } = core;
  stack.use(tokens.start(client));
  const limited = { ...dependencies, state, client, logger: logger.with({ component: "apiserver" }) };
  const flowControl = stack.use(createFlowControl(config, limited));
  const routes = [
    ...tokens.issuerRoutes,
    ...beginRoutes(),
    ...(await certificateRoutes(config, { ...dependencies, pki, client, dialer, objects })),
  ];
  const aggregator = stack.use(createAggregator(pki, tokens.front, { ...limited, authorizer, dialer }));
  const front = stack.use(
    createFront(config, {
      ...dependencies,
      pipeline,
      authorizer,
      admitConnection,
      aggregator,
      routes: [...routes, tunnelRoute],
      dialer,
      flowControl,
      auditor,
      state,
      pki,
      ...tokens.front,
    }),
  );
  stack.use(pki.onRenewed.add(() => front.renew(tokens.front.tls())));
  const owned = stack.move();
  return {
    pki,
    core,
    accountKeys: tokens.accountKeys,
    front,
    aggregator,
    client: inProcessClients(core, aggregator),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What is stored, and of which kinds. Throws a StartupError. */
function openState(config: ServerConfig, store: Store, logger: Logger): ClusterState {
  const schemas = new BuiltInSchemas();
  const kinds = servedKinds(config, schemas.groupVersions, logger.with({ component: "apiserver" }));
  return createClusterState({ store, schemas, kinds });
}

/** Clients for parts of the server's own process. */
function inProcessClients({ localPipeline }: ApiServerCore, aggregator: Aggregator): ApiServer["client"] {
  return (user, userAgent) => {
    const local = createInProcessTransport(localPipeline, user, { userAgent });
    return createClient(aggregator.transport(local, { user, userAgent }));
  };
}

/** What the data directory holds, made where it is not there yet. */
async function openDataDirectory(
  stack: AsyncDisposableStack,
  config: ServerConfig,
  { clock, logger }: Pick<ApiServerDependencies, "clock" | "logger">,
) {
  const directory = join(config.dataDir, "server");
  const encryption = await openEncryption(config, logger.with({ component: "encryption" }));
  const [store, pki] = await Promise.all([
    openSqliteStore({
      directory: join(directory, "db"),
      transformer: encryption.transformer,
      clock,
      logger: logger.with({ component: "store" }),
    }),
    openCertificates(config, { clock, logger: logger.with({ component: "certificates" }) }),
  ]);
  return {
    store: stack.use(store),
    pki: stack.use(pki),
    /** Starts what goes on in the data directory, and gives the routes that tell of it. */
    beginRoutes: () => encryption.begin(store),
  };
}

function coreOptions(config: ServerConfig): ApiServerCoreOptions {
  return {
    serviceRanges: serviceRanges(config),
    minWatchMs: config.minRequestTimeoutMs,
    features: featuresOf(config),
  };
}

function createCore(
  options: ApiServerCoreOptions,
  dependencies: Omit<ApiServerCoreDependencies, "random" | "newUid">,
): ApiServerCore {
  return createApiServerCore(options, {
    ...dependencies,
    random: Math.random,
    newUid: () => crypto.randomUUID(),
  });
}

function createAggregator(
  pki: RenewedPki,
  { frontProxies }: { readonly frontProxies: FrontProxies },
  dependencies: Omit<AggregatorDependencies, "random">,
): Aggregator {
  const aggregator = new Aggregator(
    { credential: pki.credentials["client-auth-proxy"], trust: () => extensionTrust(pki, frontProxies) },
    { ...dependencies, random: Math.random },
  );
  pki.onRenewed.add(() => aggregator.renewTrust());
  return aggregator;
}

/** What lets agents in and renews their certificates, and replaces those of the server. */
async function certificateRoutes(
  config: ServerConfig,
  dependencies: JoinRoutesDependencies & NodesDependencies,
): Promise<readonly Route[]> {
  return [certificateRoute(dependencies.pki, dependencies), ...(await joinRoutes(config, dependencies))];
}

function extensionTrust({ authorities, former }: Pki, frontProxies: FrontProxies): AuthenticationTrust {
  return {
    clientAuthority: authorities["client-ca"],
    requestHeaderAuthority: frontProxies.authority(),
    frontProxies,
    retired: `${former["client-ca"].retired}${former["request-header-ca"].retired}`,
  };
}

/** Their names are those of upstream's checks. Clients of a server that is not ready may find no namespaces yet. */
function addHealthChecks(health: HealthChecks, store: Store, core: ApiServerCore): void {
  const checkBootstrap = (): void => {
    if (!core.isBootstrapped) throw new Error("not finished");
  };
  health.add("etcd", () => store.sync());
  health.add("poststarthook/bootstrap-controller", checkBootstrap, ["healthz", "readyz"]);
}

function createWebhookClient(
  { objects }: ClusterState,
  pki: Pki,
  { dialer, clock }: { readonly dialer: Dialer; readonly clock: Clock },
): WebhookClient {
  const services = new ServiceBackends({ objects, dialer, random: Math.random });
  const authority = (): string => pki.authorities["server-ca"];
  const credential = pki.credentials["client-kube-apiserver"];
  return new WebhookClient({ self: { authority, credential } }, { services, dialer, clock });
}

function serviceRanges({ serviceCidr, serviceNodePortRange }: ServerConfig) {
  return {
    addresses: (parseCIDRs(serviceCidr) ?? []).map((range) => new ServiceIPRange(range)),
    nodePorts: new NodePortRange(serviceNodePortRange.first, serviceNodePortRange.last),
  };
}
