import { type Features, NO_FEATURES } from "#api/features.ts";
import type { ClusterRoleBinding } from "#api/generated/rbac-v1.ts";
import { kinds, switchedKinds } from "#api/kinds.ts";
import { BuiltInSchemas } from "#api/schemas.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import {
  AUTHENTICATED_GROUP,
  PRIVILEGED_GROUP,
  serviceAccountUser,
  type UserInfo,
} from "#apimachinery/user.ts";
import { type ApiServerCore, createApiServerCore } from "#apiserver/api-server-core.ts";
import { type ClusterState, createClusterState } from "#apiserver/cluster-state.ts";
import { createInProcessTransport } from "#apiserver/in-process-transport.ts";
import { ServiceIPRange } from "#apiserver/services/ip-range.ts";
import { NodePortRange } from "#apiserver/services/port-range.ts";
import { DEFAULT_LIFETIMES } from "#apiserver/subresources/token-issuer.ts";
import { parseCIDR } from "#base/cidr.ts";
import type { Client } from "#client/client.ts";
import { createClient } from "#client/create-client.ts";
import { type Logger, silentLogger } from "#observability/logger.ts";
import { accountOf, type Controller } from "#reconcile/controller.ts";
import { servedDiscovery } from "#reconcile/kind-discovery.ts";
import { runControllers } from "#reconcile/run-controllers.ts";
import { ReflectedInformers } from "#reconcile/shared-informers.ts";
import { createMemoryStore } from "#store/memory/memory-store.ts";
import type { Store } from "#store/store.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeWebhooks } from "./fake-webhooks.ts";
import { seededRandom } from "./seeded-random.ts";

export interface ClusterOptions {
  readonly controllers?: readonly Controller[];
  readonly logger?: Logger;
  /** What is switched on, APIs included. Default: nothing that is off by default. */
  readonly features?: Features;
}

const ADMIN: UserInfo = { name: "admin", groups: [PRIVILEGED_GROUP, AUTHENTICATED_GROUP] };

const CONTROLLER_MANAGER: UserInfo = {
  name: "system:kube-controller-manager",
  groups: [AUTHENTICATED_GROUP],
};

/** Controllers that stand for several components of a cluster; see `modelKubelet`. */
const MODELS_MAY_DO_EVERYTHING: NewObject<ClusterRoleBinding> = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: "models" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
  subjects: [{ kind: "ServiceAccount", namespace: "kube-system", name: "model-kubelet-controller" }],
};

/** Nothing is under way any more when nothing was written for so many turns of the event loop. */
const QUIET_TURNS = 12;
const STEP_MS = 250;
const PATIENCE_MS = 60_000;

const schemas = new BuiltInSchemas();

/**
 * A cluster in this process: a store in memory, the real API server without HTTP, and the given controllers. Time
 * stands still but for `advance` and `eventually`, so that nothing depends on the machine's speed.
 */
export class TestCluster implements AsyncDisposable {
  readonly clock = new FakeClock();
  /** As a cluster's administrator, with kubectl. */
  readonly client: Client;
  readonly informers: ReflectedInformers;
  /** What the API server serves, to which a test can add kinds. */
  readonly state: ClusterState;
  readonly #store: Store = createMemoryStore();
  readonly #core: ApiServerCore;
  readonly #options: ClusterOptions;
  #controllers: AsyncDisposable | undefined;
  #uids = 0;

  constructor(options: ClusterOptions) {
    const { logger = silentLogger, features = NO_FEATURES } = options;
    const { clock } = this;
    const switched = switchedKinds.filter(({ feature }) => features.has(feature)).map(({ kind }) => kind);
    this.#options = options;
    const random = seededRandom(1);
    this.state = createClusterState({ store: this.#store, schemas, kinds: [...kinds, ...switched] });
    this.#core = createApiServerCore(
      {
        serviceRanges: { addresses: serviceAddresses(), nodePorts: new NodePortRange(30_000, 32_767) },
        features,
      },
      {
        state: this.state,
        clock,
        random,
        newUid: () => `uid-${String((this.#uids += 1))}`,
        logger,
        tokenIssuer: {
          audiences: ["https://kubernetes.default.svc"],
          lifetimes: DEFAULT_LIFETIMES,
          issue: (identity, token) => Promise.resolve(JSON.stringify({ identity, token })),
        },
        tokenReviewer: { audiences: [], reviewToken: () => Promise.resolve(undefined) },
        webhooks: new FakeWebhooks(),
      },
    );
    this.client = this.as(ADMIN);
    this.informers = new ReflectedInformers({ clock, random, logger, client: this.asControllerManager() });
  }

  as(user: UserInfo, userAgent = "kubectl/v1.36.0"): Client {
    return createClient(createInProcessTransport(this.#core.localPipeline, user, { userAgent }));
  }

  /** As a component of the cluster, of the namespace kube-system. */
  asServiceAccount(name: string): Client {
    return this.as(serviceAccountUser("kube-system", name), name);
  }

  /** Reads what all controllers share. */
  asControllerManager(): Client {
    return this.as(CONTROLLER_MANAGER, "kube-controller-manager");
  }

  /** As the service account that a controller is, or as the controller manager. */
  asController(controller: Pick<Controller, "name" | "account">): Client {
    const account = accountOf(controller);
    return account === "" ? this.asControllerManager() : this.asServiceAccount(account);
  }

  /** Creates what every cluster has, and starts the controllers. */
  async start(): Promise<void> {
    await this.#core.bootstrap({ address: "192.168.1.10", port: 6443 });
    await this.client.create("ClusterRoleBinding", MODELS_MAY_DO_EVERYTHING);
    const { controllers = [], logger = silentLogger } = this.#options;
    this.#controllers = runControllers(controllers, {
      clock: this.clock,
      random: seededRandom(2),
      logger,
      clientFor: (controller) => this.asController(controller),
      informers: this.informers,
      discovery: servedDiscovery(this.state.registry),
    });
    await this.settle();
  }

  /** Lets everything happen that needs no time to pass. */
  async settle(): Promise<void> {
    for (let revision = -1, quiet = 0; quiet < QUIET_TURNS; quiet += 1) {
      if (revision !== this.#store.revision) quiet = 0;
      ({ revision } = this.#store);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Lets time pass, and everything happen that waited for it. */
  async advance(ms: number): Promise<void> {
    await this.settle();
    for (let left = ms; left > 0; left -= STEP_MS) {
      await this.clock.advance(Math.min(left, STEP_MS));
      await this.settle();
    }
  }

  /** Lets time pass until `check` does not throw, and gives what it returns; its last error when it takes too long. */
  async eventually<T>(check: () => T | Promise<T>, withinMs = PATIENCE_MS): Promise<T> {
    await this.settle();
    for (let left = withinMs; left > 0; left -= STEP_MS) {
      try {
        return await check();
      } catch {
        await this.advance(STEP_MS);
      }
    }
    return check();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#controllers?.[Symbol.asyncDispose]();
    await this.informers[Symbol.asyncDispose]();
    await this.#core[Symbol.asyncDispose]();
    await this.#store[Symbol.asyncDispose]();
  }
}

/** A running cluster with what every cluster has; the caller disposes it. */
export async function aCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const cluster = new TestCluster(options);
  await cluster.start();
  return cluster;
}

function serviceAddresses(): readonly ServiceIPRange[] {
  const range = parseCIDR("10.96.0.0/12");
  return range === undefined ? [] : [new ServiceIPRange(range)];
}
