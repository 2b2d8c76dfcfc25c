import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import type { Node } from "#api/generated/core-v1.ts";
import type { Clock } from "#base/clock.ts";
import { dialError, dialTarget } from "./dial-error.ts";
import { kubeletAddress } from "./kubelet-address.ts";
import { type KubeletConnector, type KubeletProtocol, KubeletUnreachable } from "./kubelet-connector.ts";

export interface DirectKubeletConnectorOptions {
  /** PEM of the authority of kubelets' serving certificates. */
  readonly authority: string;
  /** The API server's own client certificate. */
  readonly credential: { readonly certificate: string; readonly key: string };
}

/** A node that does not answer is given up after this long. */
const DIAL_TIMEOUT_MS = 10_000;

/** Dials the address that a node has reported. */
export class DirectKubeletConnector implements KubeletConnector {
  readonly #options: DirectKubeletConnectorOptions;
  readonly #clock: Clock;

  constructor(options: DirectKubeletConnectorOptions, { clock }: { readonly clock: Clock }) {
    this.#options = options;
    this.#clock = clock;
  }

  async connect(node: Node, protocol: KubeletProtocol, signal: AbortSignal): Promise<TLSSocket> {
    const address = kubeletAddress(node);
    if (address === undefined)
      throw new KubeletUnreachable("no preferred addresses found; known addresses: []");
    const { authority, credential } = this.#options;
    const target = dialTarget(address.host, address.port);
    const socket = connect({
      ...address,
      ca: authority,
      cert: credential.certificate,
      key: credential.key,
      ALPNProtocols: [protocol],
    });
    try {
      await this.#established(socket, signal);
      return socket;
    } catch (cause) {
      socket.destroy();
      throw new KubeletUnreachable(`dial tcp ${target}: ${dialError(cause)}`, { cause });
    }
  }

  async #established(socket: TLSSocket, signal: AbortSignal): Promise<void> {
    const timeout = new AbortController();
    using _timer = this.#clock.after(DIAL_TIMEOUT_MS, () => timeout.abort(new Error("i/o timeout")));
    await once(socket, "secureConnect", { signal: AbortSignal.any([signal, timeout.signal]) });
  }
}
