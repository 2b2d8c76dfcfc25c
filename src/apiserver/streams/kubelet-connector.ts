import type { Duplex } from "node:stream";
import type { Node } from "#api/generated/core-v1.ts";

/** What is spoken over a connection: one request after another, or one request that takes it over. */
export type KubeletProtocol = "h2" | "http/1.1";

/** How the API server reaches the HTTPS servers of kubelets. */
export interface KubeletConnector {
  /**
   * A connection on which the kubelet has proved who it is, unless `insecure`, and knows that the API server asks. Rejects
   * with a `KubeletUnreachable`.
   */
  connect(
    node: Node,
    protocol: KubeletProtocol,
    signal: AbortSignal,
    options?: { readonly insecure?: boolean },
  ): Promise<Duplex>;
}

/** No connection to the kubelet could be made; the message says what dialing it gave, as Go would say it. */
export class KubeletUnreachable extends Error {
  override readonly name = "KubeletUnreachable";
}
