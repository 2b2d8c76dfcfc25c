import type { Duplex } from "node:stream";
import type { Node } from "#api/generated/core-v1.ts";
import type { Clock } from "#base/clock.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import type { Dialer } from "../backends/dialer.ts";
import { secureConnection } from "../backends/secure-connection.ts";
import { kubeletAddress } from "./kubelet-address.ts";
import { type KubeletConnector, type KubeletProtocol, KubeletUnreachable } from "./kubelet-connector.ts";

export interface DirectKubeletConnectorOptions {
  /** PEM of the authority of kubelets' serving certificates, as it is at present. */
  readonly authority: () => string;
  /** The API server's own client certificate. */
  readonly credential: { readonly certificate: string; readonly key: string };
}

export interface DirectKubeletConnectorDependencies {
  readonly dialer: Dialer;
  readonly clock: Clock;
}

/** A node that does not answer is given up after this long. */
const DIAL_TIMEOUT_MS = 10_000;

/**
 * Dials the address that a node has reported. Nodes get certificates for the addresses that they say they have, so that
 * one could have those of another; whose a certificate is says its subject.
 */
export class DirectKubeletConnector implements KubeletConnector {
  readonly #options: DirectKubeletConnectorOptions;
  readonly #dependencies: DirectKubeletConnectorDependencies;

  constructor(options: DirectKubeletConnectorOptions, dependencies: DirectKubeletConnectorDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  async connect(
    node: Node,
    protocol: KubeletProtocol,
    signal: AbortSignal,
    { insecure = false }: { readonly insecure?: boolean } = {},
  ): Promise<Duplex> {
    const address = kubeletAddress(node);
    if (address === undefined)
      throw new KubeletUnreachable("no preferred addresses found; known addresses: []");
    using stop = new LinkedAbort(signal);
    const { dialer, clock } = this.#dependencies;
    using _timer = clock.after(DIAL_TIMEOUT_MS, () => stop.abort(new Error("i/o timeout")));
    const { authority, credential } = this.#options;
    const names = { serverName: address.host, commonName: `system:node:${node.metadata.name}` };
    const options = { ...names, authorities: authority(), credential, protocol, insecure };
    try {
      const connection = await dialer.dial({ ...address, kubeletOf: node.metadata.name }, stop.signal);
      return await secureConnection(connection, options, { clock, signal: stop.signal });
    } catch (cause) {
      throw new KubeletUnreachable(cause instanceof Error ? cause.message : String(cause), { cause });
    }
  }
}
