import type { Clock } from "#base/clock.ts";
import { abortable, onceAborted } from "#base/disposable.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Logger } from "#observability/logger.ts";
import type { EventRecorder } from "#reconcile/event-recorder.ts";
import type { SharedInformers } from "#reconcile/shared-informers.ts";
import type { Conntrack } from "../conntrack/conntrack.ts";
import { type AddressFamily, IPV4, IPV6 } from "../nft/address-family.ts";
import {
  type AnswerPath,
  answerProxyHealth,
  type ListenAddress,
  type ListenForHealth,
} from "./health/health-answer.ts";
import { answerMetrics, type ShownMetrics } from "./health/metrics-answer.ts";
import { isNodeEligible, ProxyHealth } from "./health/proxy-health.ts";
import { ServiceHealthPorts } from "./health/service-health-ports.ts";
import type { LoopbackRouting } from "./loopback-routing.ts";
import { servesLoopback } from "./node-port-addresses.ts";
import { noProxyMetrics, type ProxyMetrics } from "./proxy-metrics.ts";
import type { CreateProxyRules } from "./proxy-rules.ts";
import { createServiceProxy, type ServiceProxy } from "./service-proxy.ts";

export interface NodeProxyOptions {
  readonly nodeName: string;
  /** Ranges of pod addresses; what comes from elsewhere is off-cluster traffic. */
  readonly clusterCIDRs: readonly string[];
  /** Of which families these are, of those Services are served. */
  readonly serviceCIDRs: readonly string[];
  /** Ranges whose addresses answer node ports, or `primary` for the node's own; without any, all of the host's do. */
  readonly nodePortAddresses: readonly string[];
  /** See `ProxyNode`. */
  readonly masqueradesAll?: boolean;
  readonly masqueradeBit?: number;
  /** Where load balancers ask how the proxy is, and people for its numbers; absent for nowhere. */
  readonly health?: ListenAddress | undefined;
  readonly metrics?: ListenAddress | undefined;
  /** How late changes may be, and how long those of one time are gathered. */
  readonly syncPeriodMs?: number | undefined;
  readonly minSyncPeriodMs?: number | undefined;
}

export interface NodeProxyDependencies {
  readonly informers: SharedInformers;
  readonly events: EventRecorder;
  readonly rules: CreateProxyRules;
  /** Removes rules that were made in another way, once those of this one are in place. */
  readonly removeOthers: () => Promise<void>;
  readonly conntrack: Conntrack;
  readonly listen: ListenForHealth;
  readonly loopback: LoopbackRouting;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics?: (family: AddressFamily) => ProxyMetrics;
  /** What is told where the numbers are asked for. */
  readonly shown?: ShownMetrics;
}

/** Between attempts to open a port while another program has it, as kube-proxy does it. */
const LISTEN_RETRY_MS = 5_000;

/** The service proxy of a node: one for each family of addresses, and what load balancers ask about them. */
export class NodeProxy implements AsyncDisposable {
  readonly #proxies: readonly ServiceProxy[];
  readonly #stack = new AsyncDisposableStack();

  constructor(options: NodeProxyOptions, dependencies: NodeProxyDependencies) {
    const health = new ProxyHealth(dependencies.clock, options.syncPeriodMs);
    this.#proxies = this.#startProxies(options, dependencies, health);
    const tasks = this.#stack.use(
      new TaskGroup((error) => dependencies.logger.error("Service proxy ended", { error })),
    );
    const { nodeName, health: healthAt, metrics: metricsAt } = options;
    const nodes = dependencies.informers.informer("Node", { fieldSelector: `metadata.name=${nodeName}` });
    const answer = answerProxyHealth(health, () => isNodeEligible(nodes.get("", nodeName)));
    if (healthAt !== undefined)
      tasks.run((signal) => keepListening({ at: healthAt, answer }, dependencies, signal));
    const { shown } = dependencies;
    if (metricsAt !== undefined && shown !== undefined) {
      const served = { at: metricsAt, answer: answerMetrics(shown) };
      tasks.run((signal) => keepListening(served, dependencies, signal));
    }
    tasks.run((signal) => this.#settleHost(options, dependencies, signal));
  }

  /** Resolves when the rules of all Services are in place for the first time. */
  get ready(): Promise<unknown> {
    return Promise.all(this.#proxies.map(({ ready }) => ready));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  #startProxies(
    options: NodeProxyOptions,
    dependencies: NodeProxyDependencies,
    health: ProxyHealth,
  ): readonly ServiceProxy[] {
    const { nodeName, clusterCIDRs, serviceCIDRs } = options;
    const { nodePortAddresses, masqueradesAll = false, masqueradeBit, minSyncPeriodMs } = options;
    const { metrics = () => noProxyMetrics } = dependencies;
    const isProxyHealthy = (): boolean => health.isHealthy;
    const healthPorts = this.#stack.use(
      new ServiceHealthPorts({ ...dependencies, nodeName, isProxyHealthy }),
    );
    const families = [IPV4, IPV6].filter((family) => rangesOf(family, serviceCIDRs).length > 0);
    return families.map((family, index) => {
      const ranges = {
        clusterCIDRs: rangesOf(family, clusterCIDRs),
        serviceCIDRs: rangesOf(family, serviceCIDRs),
      };
      return this.#stack.use(
        createServiceProxy(
          { nodeName, ...ranges, nodePortAddresses, masqueradesAll, masqueradeBit, minSyncPeriodMs, family },
          // As with kube-proxy, endpoints of the first family are those that count for health checks.
          { ...dependencies, metrics: metrics(family), health, ...(index === 0 && { healthPorts }) },
        ),
      );
    });
  }

  /** The rules come first: they make packets from loopback safe, and connections do not notice a change of ways. */
  async #settleHost(
    { nodePortAddresses }: NodeProxyOptions,
    { loopback, removeOthers, logger }: NodeProxyDependencies,
    signal: AbortSignal,
  ): Promise<void> {
    await abortable(this.ready, signal);
    try {
      if (servesLoopback({ family: IPV4, nodePortAddresses })) loopback.enable();
      else loopback.disable();
    } catch (error) {
      logger.warn("Could not have packets from loopback routed: node ports do not answer there", { error });
    }
    try {
      await removeOthers();
    } catch (error) {
      logger.warn("Could not remove the rules of another proxy mode", { error });
    }
  }
}

async function keepListening(
  { at, answer }: { readonly at: ListenAddress; readonly answer: AnswerPath },
  { listen, clock, logger }: NodeProxyDependencies,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      using _ = listen(at, answer);
      await onceAborted(signal);
      return;
    } catch (error) {
      logger.error("Could not open a port of the service proxy", { ...at, error });
    }
    await clock.sleep(LISTEN_RETRY_MS, signal);
  }
}

function rangesOf({ name }: AddressFamily, cidrs: readonly string[]): readonly string[] {
  return cidrs.filter((cidr) => cidr.includes(":") === (name === "IPv6"));
}
