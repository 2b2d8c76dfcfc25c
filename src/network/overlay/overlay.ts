import type { Node } from "#api/generated/core-v1.ts";
import { formatIP, parseCIDR } from "#base/cidr.ts";
import type { Clock } from "#base/clock.ts";
import { abortable } from "#base/disposable.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Client } from "#client/client.ts";
import type { Logger } from "#observability/logger.ts";
import type { Informer } from "#reconcile/informer.ts";
import type { Change } from "#reconcile/object-cache.ts";
import { RouteNotices } from "../netlink/route/route-notices.ts";
import { RouteSocket } from "../netlink/route/route-socket.ts";
import { applyOverlayChange, diffOverlay } from "./diff-overlay.ts";
import { annotationsOf, factsOf, type NodeFacts, type OverlayBackend, podCIDRsOf } from "./node-facts.ts";
import { type OverlayState, planOverlay, ROUTE_PROTOCOL } from "./plan-overlay.ts";
import { findUplink, podMtu, type Uplink, type UplinkChoice } from "./uplink.ts";
import { ensureVxlanLink, removeVxlanLink, VXLAN_NAME } from "./vxlan-link.ts";

export interface OverlayOptions extends UplinkChoice {
  readonly nodeName: string;
  readonly backend: OverlayBackend;
  /** Path of the host's network namespace; the own one by default. */
  readonly namespace?: string | undefined;
}

export interface OverlayDependencies {
  /** The node's own, which may change its annotations. */
  readonly client: Client;
  readonly nodes: Informer<Node>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Hears of the largest packet of pods whenever it is looked at. Must not throw. */
  readonly onMtu: (mtu: number) => void;
}

/** Changes that come close together are looked at together. */
const SETTLE_MS = 50;

/** Between looks at what nobody has told of. */
const RESYNC_MS = 60_000;

/** After something failed. */
const RETRY_MS = 5_000;

/**
 * Leads packets for pods of other nodes there: follows the Nodes, keeps routes, neighbours and forwarding entries of this
 * host in step with them, whoever else changes these, and publishes what other nodes need to know of this one. Disposal
 * leaves everything in place; the next process adopts it.
 */
export class Overlay implements AsyncDisposable {
  readonly #options: OverlayOptions;
  readonly #dependencies: OverlayDependencies;
  readonly #routes: RouteSocket;
  readonly #notices: RouteNotices;
  readonly #tasks: TaskGroup;
  readonly #ready = Promise.withResolvers<void>();
  #wake = Promise.withResolvers<void>();
  /** Told once, until they are gone. */
  #problems: readonly string[] = [];

  constructor(options: OverlayOptions, dependencies: OverlayDependencies) {
    const { logger } = dependencies;
    this.#options = options;
    this.#dependencies = dependencies;
    this.#routes = new RouteSocket({ namespace: options.namespace });
    this.#notices = new RouteNotices({
      namespace: options.namespace,
      neighboursOf: () => this.#routes.link(VXLAN_NAME)?.index,
    });
    this.#tasks = new TaskGroup((error) =>
      logger.error("Ways to other nodes are not looked after", { error }),
    );
    this.#tasks.run((signal) => this.#notices.follow(() => this.#wake.resolve(), signal));
    this.#tasks.run((signal) => this.#run(signal));
  }

  /** Resolves when the ways to all nodes that can be reached are in place for the first time. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** The node has other addresses. */
  addressChanged(): void {
    this.#wake.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]();
    this.#routes[Symbol.dispose]();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { nodes, clock } = this.#dependencies;
    using _ = nodes.onChange((changes) => {
      if (changes.some(isRelevant)) this.#wake.resolve();
    });
    await abortable(nodes.synced, signal);
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers<void>();
      const isDone = await this.#trySync(signal);
      using timer = clock.after(isDone ? RESYNC_MS : RETRY_MS, () => this.#wake.resolve());
      await abortable(this.#wake.promise, signal);
      timer[Symbol.dispose]();
      await clock.sleep(SETTLE_MS, signal);
    }
  }

  async #trySync(signal: AbortSignal): Promise<boolean> {
    try {
      const problems = await this.#sync(signal);
      this.#tell(problems);
      this.#ready.resolve();
      return problems.length === 0;
    } catch (error) {
      if (signal.aborted) throw error;
      this.#dependencies.logger.error("Could not set up the ways to other nodes", { error });
      return false;
    }
  }

  /** What is in the way, in words. */
  async #sync(signal: AbortSignal): Promise<readonly string[]> {
    const { nodes, onMtu } = this.#dependencies;
    const { nodeName, nodeIPs, interfaceName } = this.#options;
    const node = nodes.get("", nodeName);
    if (node === undefined) return [];
    const uplink = findUplink(this.#routes, this.#options);
    if (uplink === undefined) {
      return [
        interfaceName === undefined
          ? `No link to other hosts has the node's address ${nodeIPs().join(", ")}: pods of other nodes are not reached`
          : `No link "${interfaceName}" has an address: pods of other nodes are not reached`,
      ];
    }
    const mtu = podMtu(this.#routes, this.#options) ?? uplink.link.mtu;
    onMtu(mtu);
    const { facts, problems } = this.#program(node, uplink, mtu);
    await this.#publish(node, facts, signal);
    return problems;
  }

  #program(
    node: Node,
    uplink: Uplink,
    mtu: number,
  ): { readonly facts: NodeFacts; readonly problems: readonly string[] } {
    const { nodeName, backend, namespace } = this.#options;
    const { addresses, networks } = uplink;
    const [local = ""] = addresses;
    const vxlan =
      backend === "vxlan"
        ? ensureVxlanLink(this.#routes, {
            nodeName,
            local,
            mtu,
            addresses: podCIDRsOf(node).map(firstAddress),
            namespace,
          })
        : undefined;
    if (vxlan === undefined) removeVxlanLink(this.#routes);
    const link = (vxlan ?? uplink.link).index;
    const plan = planOverlay(this.#dependencies.nodes.list(), { nodeName, backend, link, networks, local });
    const refusals = this.#apply(plan);
    return {
      facts: { backend, addresses, linkAddress: vxlan?.address ?? "" },
      problems: [...plan.problems, ...refusals],
    };
  }

  /** A way that the kernel refuses must not keep the others from being made. */
  #apply(wanted: OverlayState): readonly string[] {
    return diffOverlay(observeOverlay(this.#routes), wanted).flatMap((change) => {
      try {
        applyOverlayChange(this.#routes, change);
        return [];
      } catch (error) {
        return [error instanceof Error ? error.message : String(error)];
      }
    });
  }

  async #publish(node: Node, facts: NodeFacts, signal: AbortSignal): Promise<void> {
    if (Bun.deepEquals(factsOf(node), facts)) return;
    const document = { metadata: { annotations: annotationsOf(facts) } };
    await this.#dependencies.client.patch("Node", node.metadata, { type: "merge", document }, { signal });
  }

  #tell(problems: readonly string[]): void {
    for (const problem of problems) {
      if (!this.#problems.includes(problem)) this.#dependencies.logger.warn(problem);
    }
    this.#problems = problems;
  }
}

/** Nodes report all the time; what matters here hardly ever changes. */
function isRelevant(change: Change<Node>): boolean {
  if (change.type !== "updated") return true;
  const [before, after] = [change.previous, change.object];
  return !Bun.deepEquals([podCIDRsOf(before), factsOf(before)], [podCIDRsOf(after), factsOf(after)]);
}

/** Removes what an overlay has made on a host. */
export function removeOverlay(options: Pick<OverlayOptions, "namespace"> = {}): void {
  using routes = new RouteSocket(options);
  removeVxlanLink(routes);
  for (const route of observeOverlay(routes).routes) routes.deleteRoute(route);
}

/** What the kernel has of ours. */
function observeOverlay(routes: RouteSocket): OverlayState {
  const link = routes.link(VXLAN_NAME)?.index;
  return {
    routes: routes.routes().filter(({ protocol }) => protocol === ROUTE_PROTOCOL),
    neighbours: routes.neighbours().filter((each) => each.link === link),
    forwardingEntries: routes.forwardingEntries().filter((each) => each.link === link),
  };
}

function firstAddress(cidr: string): string {
  const range = parseCIDR(cidr);
  if (range === undefined) throw new RangeError(`Not a network: "${cidr}"`);
  return formatIP(range.base);
}
