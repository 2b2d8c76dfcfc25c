import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";
import type { APIService } from "#api/generated/apiregistration-v1.ts";
import { isConditionTrue } from "#apimachinery/conditions.ts";
import type { GroupVersion } from "#apimachinery/meta.ts";
import type { Clock } from "#base/clock.ts";
import { BackendAgent } from "../backends/backend-agent.ts";
import { type BackendAddress, type Dialer, dialTarget } from "../backends/dialer.ts";
import { type SecureConnectionOptions, secureConnection } from "../backends/secure-connection.ts";
import { type BackendRequest, type BackendResponse, sendRequest } from "../backends/send-request.ts";
import type { ServiceBackends, ServiceReference } from "../backends/service-backends.ts";
import { type ApiServices, apiServiceName } from "./api-services.ts";

export interface RemoteServicesOptions {
  /** The certificate and key by which extension servers know the front proxy that this server is. */
  readonly credential: { readonly certificate: string; readonly key: string };
}

export interface RemoteServicesDependencies {
  readonly services: ApiServices;
  readonly backends: ServiceBackends;
  readonly dialer: Dialer;
  readonly clock: Clock;
}

const DEFAULT_PORT = 443;

/** The extension servers that APIServices point to. Disposal ends their connections. */
export class RemoteServices implements Disposable {
  readonly #options: RemoteServicesOptions;
  readonly #dependencies: RemoteServicesDependencies;
  readonly #agent: BackendAgent;
  readonly #known = new WeakMap<APIService, RemoteService>();

  constructor(options: RemoteServicesOptions, dependencies: RemoteServicesDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#agent = new BackendAgent(dependencies);
  }

  /** Who serves a group version; undefined where this server does. */
  find(groupVersion: GroupVersion): RemoteService | undefined {
    return this.named(apiServiceName(groupVersion));
  }

  /** Where the APIService of this name leads. */
  named(name: string): RemoteService | undefined {
    const found = this.#dependencies.services.get(name);
    return found && this.of(found);
  }

  /** Undefined for an APIService of this server's own. */
  of(apiService: APIService): RemoteService | undefined {
    if (apiService.spec.service === undefined) return undefined;
    const known = this.#known.get(apiService);
    if (known !== undefined) return known;
    const remote = new RemoteService(apiService, {
      ...this.#dependencies,
      ...this.#options,
      agent: this.#agent,
    });
    this.#known.set(apiService, remote);
    return remote;
  }

  [Symbol.dispose](): void {
    this.#agent[Symbol.dispose]();
  }
}

type RemoteServiceDependencies = Omit<RemoteServicesDependencies, "services"> &
  RemoteServicesOptions & { readonly agent: BackendAgent };

/** An extension server, as one state of an APIService describes it. */
export class RemoteService {
  readonly apiService: APIService;
  readonly reference: ServiceReference;
  /** Host and port as requests name them. */
  readonly host: string;
  readonly #key: string;
  readonly #tls: SecureConnectionOptions;
  readonly #dependencies: RemoteServiceDependencies;

  constructor(apiService: APIService, dependencies: RemoteServiceDependencies) {
    const { service = {}, caBundle = "", insecureSkipTLSVerify = false } = apiService.spec;
    const { namespace = "", name = "", port = DEFAULT_PORT } = service;
    const serverName = `${name}.${namespace}.svc`;
    const authorities = Buffer.from(caBundle, "base64").toString();
    this.apiService = apiService;
    this.reference = { namespace, name, port };
    this.host = dialTarget(serverName, port);
    this.#tls = {
      serverName,
      insecure: insecureSkipTLSVerify,
      credential: dependencies.credential,
      ...(authorities !== "" && { authorities }),
    };
    this.#key = createHash("sha256")
      .update(JSON.stringify([this.host, authorities, insecureSkipTLSVerify]))
      .digest("base64");
    this.#dependencies = dependencies;
  }

  /** Whether requests may be passed on to it. */
  get isAvailable(): boolean {
    return isConditionTrue(this.apiService.status?.conditions, "Available");
  }

  /** Sends a request to one of its endpoints; see `sendRequest`. */
  async send(request: BackendRequest, signal: AbortSignal): Promise<BackendResponse> {
    const { agent } = this.#dependencies;
    const source = agent.to({ key: this.#key, connect: (until) => this.connect(until) });
    return await sendRequest(source, request, signal);
  }

  /** As `send`, to one endpoint. */
  async sendTo(
    address: BackendAddress,
    request: BackendRequest,
    signal: AbortSignal,
  ): Promise<BackendResponse> {
    const { agent, dialer } = this.#dependencies;
    const key = `${this.#key} ${dialTarget(address.host, address.port)}`;
    const connect = async (until: AbortSignal): Promise<Duplex> =>
      await this.#secure(await dialer.dial(address, until), until);
    return await sendRequest(agent.to({ key, connect }), request, signal);
  }

  /** A connection of its own, which speaks HTTP/1.1. */
  async connect(signal: AbortSignal): Promise<Duplex> {
    return await this.#secure(await this.#dependencies.backends.connect(this.reference, signal), signal);
  }

  async #secure(connection: Duplex, signal: AbortSignal): Promise<Duplex> {
    return await secureConnection(connection, this.#tls, { clock: this.#dependencies.clock, signal });
  }
}
