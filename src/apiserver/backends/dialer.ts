import type { Duplex } from "node:stream";
import { DIAL_ERRORS, goReason } from "#apimachinery/go-network-error.ts";

/** Where something listens: a pod, a port of a node, or a name outside the cluster. */
export interface BackendAddress {
  readonly host: string;
  readonly port: number;
  /** The node whose kubelet it is. */
  readonly kubeletOf?: string;
}

/** How the API server reaches pods and nodes. What is spoken over a connection, TLS too, is none of its concern. */
export interface Dialer {
  /** An open connection. Rejects with a `DialError`, also when the signal aborts. */
  dial(address: BackendAddress, signal: AbortSignal): Promise<Duplex>;
}

/** No connection could be made; the message says why as Go would say it. */
export class DialError extends Error {
  override readonly name = "DialError";

  static of(address: BackendAddress, cause: unknown): DialError {
    return new DialError(
      `dial tcp ${dialTarget(address.host, address.port)}: ${goReason(cause, DIAL_ERRORS)}`,
      { cause },
    );
  }
}

/** Host and port in one. */
export function dialTarget(host: string, port: number | string): string {
  return `${host.includes(":") ? `[${host}]` : host}:${String(port)}`;
}
