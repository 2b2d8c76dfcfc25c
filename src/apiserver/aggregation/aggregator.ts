import type { GroupVersion } from "#apimachinery/meta.ts";
import type { Clock } from "#base/clock.ts";
import type { Client, Transport } from "#client/client.ts";
import type { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import type { Logger } from "#observability/logger.ts";
import type { Metrics } from "#observability/metrics.ts";
import { attributesOf, requireAllowed } from "../authorization/authorize-request.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { Dialer } from "../backends/dialer.ts";
import { ServiceBackends } from "../backends/service-backends.ts";
import type { ClusterState } from "../cluster-state.ts";
import type { RegisteredVersions } from "../discovery/registered-versions.ts";
import type { Caller } from "../front/route.ts";
import { type AllKinds, allKinds } from "./aggregated-kinds.ts";
import { allVersions } from "./all-versions.ts";
import { ApiServices } from "./api-services.ts";
import { Availability } from "./availability/availability.ts";
import { RemoteDiscovery } from "./discovery/remote-discovery.ts";
import { AggregatedOpenApi } from "./openapi/aggregated-open-api.ts";
import { proxyRequest } from "./proxy/proxy-request.ts";
import { Registration } from "./registration/registration.ts";
import { type RemoteService, RemoteServices, type RemoteServicesOptions } from "./remote-services.ts";
import { type InProcessCaller, remoteTransport } from "./remote-transport.ts";
import type { AuthenticationTrust } from "./trust/plan-trust.ts";
import { TrustKeeper } from "./trust/trust-keeper.ts";

export interface AggregatorOptions extends RemoteServicesOptions {
  /** As it is at present; whoever changes it says so by `renewTrust`. */
  readonly trust: () => AuthenticationTrust;
}

export interface AggregatorDependencies {
  readonly state: ClusterState;
  /** Writes as the server itself. */
  readonly client: Client;
  readonly authorizer: Authorizer;
  readonly dialer: Dialer;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  readonly logger: Logger;
}

/**
 * Extends the API by what other servers serve: each APIService with a Service hands a group version over to what is
 * behind it.
 */
export class Aggregator implements AsyncDisposable {
  readonly #dependencies: AggregatorDependencies;
  readonly #remotes: RemoteServices;
  readonly #registration: Registration;
  readonly #availability: Availability;
  readonly #discovery: RemoteDiscovery;
  readonly #trust: TrustKeeper;
  /** What extension servers say of their types. */
  readonly openApi: AggregatedOpenApi;
  /** For discovery: all group versions, whoever serves them. */
  readonly versions: RegisteredVersions;
  /** For controllers of all kinds. */
  readonly kinds: AllKinds;
  readonly #stack = new AsyncDisposableStack();

  constructor(options: AggregatorOptions, dependencies: AggregatorDependencies) {
    this.#dependencies = dependencies;
    const { state } = dependencies;
    const services = this.#stack.use(new ApiServices({ ...state, ...dependencies }));
    const backends = new ServiceBackends({ ...state, ...dependencies });
    const shared = { ...state, ...dependencies, services, backends };
    this.#remotes = this.#stack.use(new RemoteServices(options, shared));
    this.#registration = this.#stack.use(new Registration(shared));
    const remote = { ...shared, remotes: this.#remotes };
    this.#availability = this.#stack.use(new Availability(remote));
    this.#discovery = this.#stack.use(new RemoteDiscovery(remote));
    this.#trust = this.#stack.use(new TrustKeeper(options.trust, dependencies));
    this.openApi = this.#stack.use(new AggregatedOpenApi(remote));
    const described = { ...remote, discovery: this.#discovery };
    this.versions = allVersions(described);
    this.kinds = allKinds({ ...described, versions: this.versions });
  }

  /** Begins to ask extension servers, and to write what is known of them, in the background. */
  start(): void {
    this.#trust.start();
    this.#registration.start();
    this.#availability.start();
    this.#discovery.start();
    this.openApi.start();
  }

  renewTrust(): void {
    this.#trust.look();
  }

  /** Who answers requests with this path; undefined when this server does. */
  find(path: string): RemoteService | undefined {
    const groupVersion = groupVersionIn(path);
    return groupVersion && this.#remotes.find(groupVersion);
  }

  /** Requests of one caller of this process: to extension servers for what is theirs, and to `local` otherwise. */
  transport(local: Transport, caller: InProcessCaller): Transport {
    return {
      send: (request, signal) => {
        const remote = this.#remotes.find(request.target);
        const transport = remote && remoteTransport(remote, caller, this.#dependencies);
        return (transport ?? local).send(request, signal);
      },
    };
  }

  async answer(remote: RemoteService, exchange: Exchange, { info, user, audit }: Caller): Promise<Answer> {
    if (info.isResourceRequest) {
      const attributes = attributesOf(user, info.target, info.verb);
      await requireAllowed(this.#dependencies.authorizer, attributes, audit?.annotations);
    }
    return await proxyRequest(remote, exchange, user, this.#dependencies);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** The APIService of the core group stands for everything below `/api`. */
function groupVersionIn(path: string): GroupVersion | undefined {
  const [, prefix, group = "", version = ""] = path.split("/");
  if (prefix === "api") return { group: "", version: "v1" };
  return prefix === "apis" && version !== "" ? { group, version } : undefined;
}
