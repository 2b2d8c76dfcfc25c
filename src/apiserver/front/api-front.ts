import type { AddressInfo } from "node:net";
import type { BuiltInSchemas } from "#api/schemas.ts";
import type { Clock } from "#base/clock.ts";
import type { Authenticator } from "#https/authenticator.ts";
import { Listener, type ListenerOptions } from "#https/listener.ts";
import type { HealthChecks } from "#observability/health.ts";
import type { Logger } from "#observability/logger.ts";
import type { Metrics } from "#observability/metrics.ts";
import type { Aggregator } from "../aggregation/aggregator.ts";
import type { Auditor } from "../audit/auditor.ts";
import type { AnonymousAccess } from "../authentication/anonymous.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import { Discovery } from "../discovery/discovery.ts";
import { debugRoutes } from "../flowcontrol/debug-routes.ts";
import type { FlowControl } from "../flowcontrol/flow-control.ts";
import { YamlThread } from "../formats/yaml-thread.ts";
import type { OpenApiSource } from "../openapi/open-api-source.ts";
import type { RemoteOpenApi } from "../openapi/remote-open-api.ts";
import { OpenApiV2 } from "../openapi/v2/open-api-v2.ts";
import { OpenApiV3 } from "../openapi/v3/open-api-v3.ts";
import type { RequestPipeline } from "../pipeline.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import { createApplication } from "./application.ts";
import { BodyTurns } from "./body-turns.ts";
import { createDeleteOptionsReader } from "./delete-options-body.ts";
import { PageNotFound } from "./page-not-found.ts";
import { BodyParser } from "./parse-body.ts";
import { RequestChain, type RequestTimeouts } from "./request-chain.ts";
import { RequestMetrics } from "./request-metrics.ts";
import { type ConnectHandler, createResourceHandler } from "./resource-handler.ts";
import type { BodyReaders } from "./resource-request.ts";
import type { Handler, Route } from "./route.ts";
import type { ServerVersion } from "./server-version.ts";
import { indexRoutes, systemPaths, systemRoutes } from "./system-routes.ts";
import { WireFormats } from "./wire-formats.ts";

export interface ApiFrontOptions {
  readonly tls: ListenerOptions;
  readonly version: ServerVersion;
  /** Under which clients reach the server at present; the port is the one that it listens on. */
  readonly advertiseAddress: () => string;
  readonly timeouts: RequestTimeouts;
}

export interface ApiFrontDependencies {
  readonly pipeline: RequestPipeline;
  readonly registry: KindRegistry;
  readonly schemas: BuiltInSchemas;
  readonly authenticator: Authenticator;
  readonly anonymous: AnonymousAccess;
  /** Whether a header is for authentication alone, by its lower-case name. */
  readonly isFrontProxyHeader: (name: string) => boolean;
  readonly authorizer: Authorizer;
  readonly flowControl: FlowControl;
  readonly aggregator: Aggregator;
  /** Answers the subresources that are connections; see `createConnectHandler`. */
  readonly connect: ConnectHandler;
  /** Further paths that the server answers. */
  readonly routes?: readonly Route[];
  /** Default: requests are not recorded. */
  readonly auditor?: Auditor | undefined;
  readonly metrics: Metrics;
  readonly health: HealthChecks;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Everything between the socket and the request pipeline. Disposing stops it in order. */
export interface ApiFront extends AsyncDisposable {
  /** Rejects with a `ListenError` when the address cannot be used. Port 0 takes any free one. */
  listen(address: string, port: number): Promise<AddressInfo>;
  /** Shows another certificate, and believes other authorities, from now on. */
  renew(tls: ListenerOptions): void;
}

export function createApiFront(
  { tls, version, timeouts, advertiseAddress }: ApiFrontOptions,
  dependencies: ApiFrontDependencies,
): ApiFront {
  const { registry, schemas, aggregator, flowControl, metrics, health, clock, logger } = dependencies;
  const state = { port: 0, isStopping: false };
  addShutdownCheck(health, state);
  const formats = new WireFormats(schemas);
  const yaml = new YamlThread(clock);
  const discovery = new Discovery(
    { serverAddress: () => `${advertiseAddress()}:${String(state.port)}`, formats },
    { registry, versions: aggregator.versions },
  );
  const resources = createResourceHandler({
    ...dependencies,
    bodies: createBodyReaders(schemas, yaml),
    formats,
  });
  const api = apiHandler({ aggregator, resources, discovery });
  const routes: readonly Route[] = [
    ...systemRoutes({ health, metrics, version, logger }),
    ...API_PATHS.map((path): Route => ({ path, methods: "any", handler: api, label: apiLabel(registry) })),
    ...openApiRoutes(
      {
        registry,
        schemas,
        release: `${version.gitVersion} ${version.gitCommit}`,
        version: `${version.major}.${version.minor}`,
        clock,
      },
      aggregator.openApi,
    ),
    ...(flowControl.fairness === undefined ? [] : debugRoutes(flowControl.fairness)),
    ...(dependencies.routes ?? []),
    ...indexRoutes(() => [...systemPaths(health), ...OPEN_API_PATHS, ...discovery.paths()]),
  ];
  const { limiter } = flowControl;
  const chain = new RequestChain(timeouts, {
    ...dependencies,
    formats,
    limiter,
    metrics: new RequestMetrics(metrics),
  });
  const application = createApplication(routes, NOWHERE, chain);
  const listener = new Listener(tls, { application, clock, logger });
  return {
    listen: async (address, port) => {
      const bound = await listener.listen(address, port);
      state.port = bound.port;
      return bound;
    },
    renew: (options) => listener.renew(options),
    [Symbol.asyncDispose]: async () => {
      state.isStopping = true;
      await listener[Symbol.asyncDispose]();
      yaml[Symbol.dispose]();
    },
  };
}

function addShutdownCheck(health: HealthChecks, state: { readonly isStopping: boolean }): void {
  health.add("shutdown", () => {
    if (state.isStopping) throw new Error("process is shutting down");
  }, ["readyz"]);
}

interface ApiHandlers {
  readonly aggregator: ApiFrontDependencies["aggregator"];
  readonly resources: Handler;
  readonly discovery: Discovery;
}

/** What is under `/api` and `/apis`, other servers' parts of it included. */
function apiHandler({ aggregator, resources, discovery }: ApiHandlers): Handler {
  return (exchange, caller) => {
    const remote = aggregator.find(exchange.path);
    if (remote !== undefined) return aggregator.answer(remote, exchange, caller);
    return caller.info.isResourceRequest ? resources(exchange, caller) : discovery.answer(exchange);
  };
}

function createBodyReaders(schemas: BuiltInSchemas, yaml: YamlThread): BodyReaders {
  const parser = new BodyParser(schemas);
  return {
    parser,
    readDeleteOptions: createDeleteOptionsReader(schemas, parser),
    turns: new BodyTurns(),
    yaml,
  };
}

function openApiRoutes(source: OpenApiSource, remote: RemoteOpenApi): readonly Route[] {
  return [...new OpenApiV2(source, remote).routes(), ...new OpenApiV3(source, remote).routes()];
}

const OPEN_API_PATHS = ["/openapi/v2", "/openapi/v3", "/openapi/v3/"];

const API_PATHS = ["/api", "/api/*", "/apis", "/apis/*"];

const NOWHERE: Route = {
  path: "/*",
  methods: "any",
  label: () => undefined,
  handler: () => {
    throw new PageNotFound();
  },
};

/** Metrics name only what is served, so that clients cannot make up labels. */
function apiLabel(registry: KindRegistry): NonNullable<Route["label"]> {
  return (info) => {
    if (!info.isResourceRequest) return "/apis";
    const { subresource, resource } = info.target;
    const served = registry.find(info.target)?.resource;
    const isServed =
      subresource === undefined || served?.subresources.some(({ name }) => name === subresource);
    return served !== undefined && isServed === true ? resource : undefined;
  };
}
