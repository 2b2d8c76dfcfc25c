import type { Duplex } from "node:stream";
import type { Node } from "#api/generated/core-v1.ts";
import { containsIP, parseCIDR, parseIP } from "#base/cidr.ts";
import type { Clock } from "#base/clock.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import { type BackendAddress, DialError, type Dialer } from "./dialer.ts";

/** Connections that nodes make on this server's behalf; see `join/tunnel`. */
export interface Tunnels {
  /** Names of the nodes that have a tunnel to this server. */
  readonly nodes: Iterable<string>;
  has(nodeName: string): boolean;
  connect: (nodeName: string, address: BackendAddress, signal: AbortSignal) => Promise<Duplex>;
}

/** Finds nodes in their newest state; see `ClusterObjects`. */
export interface NodeObjects {
  get(kind: "Node", name: { readonly name: string }): Node | undefined;
}

export interface TunnelDialerOptions {
  /** The node in this process, which is reached without a tunnel. */
  readonly ownNode?: string;
}

interface TunnelDialerDependencies {
  readonly tunnels: Tunnels;
  readonly objects: NodeObjects;
  /** For everything else. */
  readonly direct: Dialer;
  readonly clock: Clock;
}

/** What does not answer is given up after this long (apiserver dial timeout). */
const DIAL_TIMEOUT_MS = 30_000;

/** How a node names itself in its tunnel. */
const NODE_ITSELF = "127.0.0.1";

/** Dials kubelets and pods through the tunnel of their node, where it has one, and everything else from this host. */
export class TunnelDialer implements Dialer {
  readonly #options: TunnelDialerOptions;
  readonly #dependencies: TunnelDialerDependencies;

  constructor(options: TunnelDialerOptions, dependencies: TunnelDialerDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  async dial(address: BackendAddress, signal: AbortSignal): Promise<Duplex> {
    const { direct, tunnels, clock } = this.#dependencies;
    const nodeName = this.#tunnelTo(address);
    if (nodeName === undefined) return await direct.dial(address, signal);
    const { host, port, kubeletOf } = address;
    const target = { host: kubeletOf === undefined ? host : NODE_ITSELF, port };
    using stop = new LinkedAbort(signal);
    using _timer = clock.after(DIAL_TIMEOUT_MS, () => stop.abort(new Error("i/o timeout")));
    try {
      return await tunnels.connect(nodeName, target, stop.signal);
    } catch (cause) {
      throw DialError.of(address, cause);
    }
  }

  /** The node through whose tunnel the address is reached; undefined for none. */
  #tunnelTo({ host, kubeletOf }: BackendAddress): string | undefined {
    const { tunnels } = this.#dependencies;
    const { ownNode } = this.#options;
    if (kubeletOf !== undefined)
      return kubeletOf !== ownNode && tunnels.has(kubeletOf) ? kubeletOf : undefined;
    const address = parseIP(host);
    if (address === undefined) return undefined;
    // Ranges are those that the cluster has given the nodes, not those that agents say they have.
    for (const name of tunnels.nodes) {
      const ranges = this.#dependencies.objects.get("Node", { name })?.spec?.podCIDRs ?? [];
      const isInside = ranges.some((text) => {
        const range = parseCIDR(text);
        return range !== undefined && containsIP(range, address);
      });
      if (isInside) return name === ownNode ? undefined : name;
    }
    return undefined;
  }
}
