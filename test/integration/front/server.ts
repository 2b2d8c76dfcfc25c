import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kinds } from "#api/kinds.ts";
import { BuiltInSchemas } from "#api/schemas.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import { Aggregator } from "#apiserver/aggregation/aggregator.ts";
import { createApiServerCore } from "#apiserver/api-server-core.ts";
import { anonymousAccess } from "#apiserver/authentication/anonymous.ts";
import { frontProxyAuthenticator } from "#apiserver/authentication/front-proxy.ts";
import { frontProxyHeaderTest, REMOTE_HEADERS } from "#apiserver/authentication/front-proxy-headers.ts";
import { serviceAccountIssuer } from "#apiserver/authentication/service-account-issuer.ts";
import { ServiceAccountTokens } from "#apiserver/authentication/service-account-token.ts";
import { webSocketTokenAuthenticator } from "#apiserver/authentication/web-socket-token.ts";
import type { Dialer } from "#apiserver/backends/dialer.ts";
import { ServiceBackends } from "#apiserver/backends/service-backends.ts";
import { createClusterState } from "#apiserver/cluster-state.ts";
import { createFlowControl, type FlowControlOptions } from "#apiserver/flowcontrol/flow-control.ts";
import { createApiFront } from "#apiserver/front/api-front.ts";
import { serverVersion } from "#apiserver/front/server-version.ts";
import { createInProcessTransport } from "#apiserver/in-process-transport.ts";
import type { RequestPipeline } from "#apiserver/pipeline.ts";
import { ServiceIPRange } from "#apiserver/services/ip-range.ts";
import { NodePortRange } from "#apiserver/services/port-range.ts";
import { createConnectHandler } from "#apiserver/streams/connect-handler.ts";
import { DirectKubeletConnector } from "#apiserver/streams/direct-kubelet-connector.ts";
import { DEFAULT_LIFETIMES } from "#apiserver/subresources/token-issuer.ts";
import { WebhookClient } from "#apiserver/webhook/webhook-client.ts";
import { type CIDR, parseCIDR } from "#base/cidr.ts";
import { type Clock, systemClock } from "#base/clock.ts";
import { createClient } from "#client/create-client.ts";
import { unionAuthenticator } from "#https/authenticator.ts";
import { bearerTokenAuthenticator } from "#https/bearer-token.ts";
import { clientCertificateAuthenticator } from "#https/client-certificate.ts";
import { createLogger } from "#observability/create-logger.ts";
import { HealthChecks } from "#observability/health.ts";
import { Metrics } from "#observability/metrics.ts";
import { formatKubeconfig } from "#pki/kubeconfig.ts";
import { openPki } from "#pki/pki.ts";
import { ServiceAccountKeys } from "#pki/service-account-keys.ts";
import { serveTunnels } from "#server/serve-tunnels.ts";
import { createMemoryStore } from "#store/memory/memory-store.ts";
import type { Store } from "#store/store.ts";
import { UNCOUNTED } from "#testing/uncounted-tokens.ts";
import { HttpClient, type HttpClientOptions } from "./http-client.ts";

const ADMIN: UserInfo = { name: "system:admin", groups: ["system:masters", "system:authenticated"] };
const SERVICE_CIDR = parseCIDR("10.43.0.0/16") as CIDR;
const ISSUER = "https://kubernetes.default.svc.cluster.local";

export interface TestServerOptions {
  readonly store?: Store;
  readonly clock?: Clock;
  /** Default: any free one. */
  readonly port?: number;
  /** Default: that of kube-apiserver. */
  readonly flowControl?: Partial<FlowControlOptions>;
  readonly maxRequestMs?: number;
  /** Puts something between the front and the real pipeline, such as a fault. */
  readonly intercept?: (pipeline: RequestPipeline) => RequestPipeline;
  /** Takes the place of the network. */
  readonly dialer?: Dialer;
}

/** A whole API server on a loopback port, with everything that it is made of. */
export type TestServer = Awaited<ReturnType<typeof startTestServer>>;

export async function startTestServer({
  store = createMemoryStore(),
  clock = systemClock,
  port: wantedPort = 0,
  flowControl: limits = {},
  maxRequestMs = 60_000,
  intercept = (pipeline) => pipeline,
  dialer: fakeDialer,
}: TestServerOptions = {}) {
  const stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "kubelith-front-"));
  stack.defer(() => rm(directory, { recursive: true }));
  stack.use(store);
  const logLines: string[] = [];
  const write = (line: string): void => void logLines.push(line);
  const logger = createLogger({ format: "text", level: "info" }, { clock, write });
  const pki = await openPki(
    {
      directory: join(directory, "tls"),
      nodeName: "n1",
      nodeIPs: ["127.0.0.1", "127.0.0.9"],
      hostname: "localhost",
      serviceIPs: ["10.43.0.1"],
      clusterDomain: "cluster.local",
      tlsSANs: [],
    },
    { clock },
  );
  const schemas = new BuiltInSchemas();
  const state = createClusterState({ store, schemas, kinds });
  const own = { disableAgent: true, nodeName: "" };
  const tunnels = serveTunnels(own, { objects: state.objects, clock, logger });
  const dialer = fakeDialer ?? tunnels.dialer;
  const keys = new ServiceAccountKeys(pki.serviceAccountKey);
  const identity = {
    issuer: ISSUER,
    issuers: [ISSUER],
    audiences: [ISSUER],
    lifetimes: DEFAULT_LIFETIMES,
  };
  const tokens = new ServiceAccountTokens(identity, {
    keys,
    objects: state.objects,
    count: () => undefined,
    cache: UNCOUNTED,
    clock,
  });
  const tokenIssuer = serviceAccountIssuer(identity, keys);
  const services = new ServiceBackends({ objects: state.objects, dialer, random: Math.random });
  const self = {
    authority: () => pki.authorities["server-ca"],
    credential: pki.credentials["client-kube-apiserver"],
  };
  const webhooks = stack.use(new WebhookClient({ self }, { services, dialer, clock }));
  const core = stack.use(
    createApiServerCore(
      {
        serviceRanges: {
          addresses: [new ServiceIPRange(SERVICE_CIDR)],
          nodePorts: new NodePortRange(30000, 32767),
        },
      },
      {
        state,
        tokenIssuer,
        tokenReviewer: tokens,
        webhooks,
        clock,
        logger,
        random: Math.random,
        newUid: () => crypto.randomUUID(),
      },
    ),
  );
  const kubelets = new DirectKubeletConnector(self, { dialer, clock });
  const metrics = new Metrics();
  const frontProxies = { allowedNames: ["system:auth-proxy"], headers: REMOTE_HEADERS };
  const aggregator = stack.use(
    new Aggregator(
      {
        credential: pki.credentials["client-auth-proxy"],
        trust: () => ({
          clientAuthority: pki.authorities["client-ca"],
          requestHeaderAuthority: pki.authorities["request-header-ca"],
          frontProxies,
          retired: "",
        }),
      },
      {
        client: core.client,
        authorizer: core.authorizer,
        state,
        dialer,
        metrics,
        clock,
        logger,
        random: Math.random,
      },
    ),
  );
  const health = new HealthChecks();
  const flowControl = stack.use(
    createFlowControl(
      {
        maxRequestsInflight: 400,
        maxMutatingRequestsInflight: 200,
        enablePriorityAndFairness: true,
        ...limits,
      },
      { state, client: core.client, clock, logger, metrics },
    ),
  );
  const front = stack.use(
    createApiFront(
      {
        tls: {
          ...pki.credentials["serving-kube-apiserver"],
          clientAuthority: pki.authorities["client-ca"],
          frontProxyAuthority: pki.authorities["request-header-ca"],
        },
        version: serverVersion({
          gitVersion: "v1.36.3+kubelith0.1.0",
          commit: "0123456789abcdef0123456789abcdef01234567",
          buildDate: "2026-01-01T00:00:00Z",
          runtime: `bun${Bun.version}`,
          platform: "linux/amd64",
        }),
        timeouts: { maxRequestMs },
        advertiseAddress: () => "192.0.2.10",
      },
      {
        pipeline: intercept(core.pipeline),
        registry: state.registry,
        schemas,
        anonymous: anonymousAccess(undefined),
        isFrontProxyHeader: frontProxyHeaderTest(frontProxies.headers),
        authenticator: unionAuthenticator([
          frontProxyAuthenticator(frontProxies, { clock }),
          clientCertificateAuthenticator({ clock }),
          bearerTokenAuthenticator([tokens]),
          webSocketTokenAuthenticator([tokens]),
        ]),
        authorizer: core.authorizer,
        flowControl,
        aggregator,
        connect: createConnectHandler({
          objects: state.objects,
          kubelets,
          authorizer: core.authorizer,
          admit: core.admitConnection,
          dialer,
          clock,
          random: Math.random,
        }),
        routes: [tunnels.route],
        metrics,
        health,
        clock,
        logger,
      },
    ),
  );
  const { port } = await front.listen("127.0.0.1", wantedPort);
  await core.bootstrap({ address: "192.0.2.1", port });
  aggregator.start();
  const url = `https://127.0.0.1:${String(port)}`;
  const kubeconfig = join(directory, "kubeconfig");
  await writeFile(
    kubeconfig,
    formatKubeconfig({
      server: url,
      certificateAuthority: pki.authorities["server-ca"],
      credential: pki.credentials["client-admin"],
    }),
  );
  const connect = (options: Partial<HttpClientOptions> = {}): HttpClient => {
    const { "client-admin": credential } = pki.credentials;
    return stack.use(
      new HttpClient({
        url,
        protocol: "h2",
        authority: pki.authorities["server-ca"],
        credential,
        ...options,
      }),
    );
  };
  return {
    url,
    port,
    /** A client with an administrator's certificate; it ends with the server. */
    connect,
    directory,
    kubeconfig,
    pki,
    state,
    store,
    /** Past HTTP, as an administrator. */
    client: createClient(createInProcessTransport(core.pipeline, ADMIN, { userAgent: "test" })),
    /** Past HTTP, as anybody; extension servers are asked for what is theirs. */
    extendedClient: (user: UserInfo) => {
      const local = createInProcessTransport(core.pipeline, user, { userAgent: "test" });
      return createClient(aggregator.transport(local, { user, userAgent: "test" }));
    },
    aggregator,
    dialer,
    front,
    health,
    logLines,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
