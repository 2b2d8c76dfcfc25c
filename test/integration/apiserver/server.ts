/** The API server's core over a real store, in process: everything but HTTP, with time standing still. */

import { type KindRef, resourceOf } from "#api/resource.ts";
import { BuiltInSchemas } from "#api/schemas.ts";
import type { RequestOperation, RequestTarget, WatchOptions } from "#apimachinery/request.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import {
  type AdmissionConfiguration,
  DEFAULT_CONFIGURATION,
} from "#apiserver/admission/configuration/admission-configuration.ts";
import {
  type ApiServerCore,
  type ApiServerCoreDependencies,
  createApiServerCore,
} from "#apiserver/api-server-core.ts";
import { type ClusterState, createClusterState } from "#apiserver/cluster-state.ts";
import { createInProcessTransport } from "#apiserver/in-process-transport.ts";
import type { PipelineResponse } from "#apiserver/pipeline.ts";
import { ServiceIPRange } from "#apiserver/services/ip-range.ts";
import { NodePortRange } from "#apiserver/services/port-range.ts";
import { DEFAULT_LIFETIMES } from "#apiserver/subresources/token-issuer.ts";
import { type CIDR, parseCIDR } from "#base/cidr.ts";
import type { Client } from "#client/client.ts";
import { createClient } from "#client/create-client.ts";
import { silentLogger } from "#observability/logger.ts";
import { createMemoryStore } from "#store/memory/memory-store.ts";
import type { Store } from "#store/store.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { FakeWebhooks } from "#testing/fake-webhooks.ts";
import { seededRandom } from "#testing/seeded-random.ts";
import { RunningWatch } from "./running-watch.ts";

export const ADMIN: UserInfo = { name: "admin", groups: ["system:masters", "system:authenticated"] };
export const JANE: UserInfo = { name: "jane", groups: ["system:authenticated"] };

const schemas = new BuiltInSchemas();

export interface TestServerOptions {
  readonly store?: Store;
  /** One range, or two of different families with a comma between. */
  readonly serviceCIDR?: string;
  readonly nodePorts?: readonly [first: number, last: number];
  /** Whether the namespaces and other objects of every cluster are there. Default true. */
  readonly bootstrapped?: boolean;
  readonly core?: Partial<ApiServerCoreDependencies>;
  readonly admission?: Partial<AdmissionConfiguration>;
}

/** Where a request goes; the kind stands for group, version and resource. */
export interface Place {
  readonly kind: KindRef;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

export interface Sender {
  readonly user?: UserInfo;
  readonly userAgent?: string;
  readonly signal?: AbortSignal;
}

export class TestServer implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly webhooks = new FakeWebhooks();
  readonly store: Store;
  readonly state: ClusterState;
  readonly core: ApiServerCore;
  /** As a member of system:masters. */
  readonly client: Client;
  #uids = 0;

  constructor(options: TestServerOptions = {}) {
    const { serviceCIDR = "10.96.0.0/12", nodePorts = [30_000, 32_767] } = options;
    this.store = options.store ?? createMemoryStore();
    this.state = createClusterState({ store: this.store, schemas });
    const serviceRanges = {
      addresses: serviceCIDR.split(",").map((text) => new ServiceIPRange(cidr(text))),
      nodePorts: new NodePortRange(...nodePorts),
    };
    this.core = createApiServerCore(
      { serviceRanges, admissionConfiguration: { ...DEFAULT_CONFIGURATION, ...options.admission } },
      {
        state: this.state,
        clock: this.clock,
        random: seededRandom(1),
        newUid: () => `uid-${String((this.#uids += 1))}`,
        logger: silentLogger,
        tokenIssuer: {
          audiences: ["https://kubernetes.default.svc"],
          lifetimes: DEFAULT_LIFETIMES,
          issue: (identity, token) => Promise.resolve(JSON.stringify({ identity, token })),
        },
        tokenReviewer: { audiences: [], reviewToken: () => Promise.resolve(undefined) },
        webhooks: this.webhooks,
        ...options.core,
      },
    );
    this.client = this.as(ADMIN);
  }

  as(user: UserInfo, userAgent = "kubectl/v1.36.0"): Client {
    return createClient(createInProcessTransport(this.core.pipeline, user, { userAgent }));
  }

  /** What the pipeline answers, which a client shows only in part. */
  send(place: Place, operation: RequestOperation, sender: Sender = {}): Promise<PipelineResponse> {
    const { user = ADMIN, userAgent = "kubectl/v1.36.0", signal = new AbortController().signal } = sender;
    const context = { user, userAgent, sourceIP: "", requestId: "test", signal };
    return this.core.pipeline.handle(context, { target: targetOf(place), operation });
  }

  /** An answer that is one object. */
  async sendForObject(
    place: Place,
    operation: RequestOperation,
    sender?: Sender,
  ): Promise<Extract<PipelineResponse, { type: "object" }>> {
    const response = await this.send(place, operation, sender);
    if (response.type !== "object") throw new TypeError(`Expected an object, got ${response.type}`);
    return response;
  }

  async sendForList(
    place: Place,
    operation: RequestOperation,
  ): Promise<Extract<PipelineResponse, { type: "list" }>> {
    const response = await this.send(place, operation);
    if (response.type !== "list") throw new TypeError(`Expected a list, got ${response.type}`);
    return response;
  }

  async watch(place: Place, options: WatchOptions = {}): Promise<RunningWatch> {
    const abort = new AbortController();
    const response = await this.send(place, { verb: "watch", options }, { signal: abort.signal });
    if (response.type !== "watch") throw new TypeError(`Expected a watch, got ${response.type}`);
    return new RunningWatch(response.events, abort);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.core[Symbol.asyncDispose]();
    await this.store[Symbol.asyncDispose]();
  }
}

/** A running server; the caller disposes it, and with it the store. */
export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const server = new TestServer(options);
  if (options.bootstrapped !== false) {
    await server.core.bootstrap({ address: "192.168.1.10", port: 6443 });
  }
  return server;
}

function targetOf({ kind, ...rest }: Place): RequestTarget {
  const { group, version, name: resource } = resourceOf(kind);
  return { group, version, resource, ...rest };
}

export function cidr(text: string): CIDR {
  const parsed = parseCIDR(text);
  if (parsed === undefined) throw new TypeError(`"${text}" is not a CIDR`);
  return parsed;
}
