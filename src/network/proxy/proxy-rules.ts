import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import type { ProxyNode } from "./proxy-node.ts";

/** The packet rules of Services of one family, in one of the ways in which a kernel can have them. */
export interface ProxyRules extends Disposable {
  /** Whether the kernel has what Services need, as far as is known. */
  readonly isInStep: boolean;
  /** Notes what the node is from now on. Services that were noted before keep the rules that they had. */
  setNode(node: ProxyNode): void;
  /** Notes what the Service of this key is from now on; nothing when it is gone. */
  set(key: string, service: Service | undefined, slices: readonly EndpointSlice[]): void;
  /**
   * Writes what has changed. Throws, or rejects, when the kernel refuses; the next call then starts from what is there.
   * Says whether the rules were found to be other than they should have been.
   */
  commit(): boolean | Promise<boolean>;
  /** Watches the rules until the signal aborts, and undoes what others do to them; calls `onRepair` each time. */
  guard(signal: AbortSignal, onRepair: () => void): Promise<void>;
}

/** Makes the rules of a node that has no Services yet. */
export type CreateProxyRules = (node: ProxyNode) => ProxyRules;
