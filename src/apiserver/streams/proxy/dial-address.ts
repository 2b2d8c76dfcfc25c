import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import type { Clock } from "#base/clock.ts";
import { dialError, dialTarget } from "../dial-error.ts";
import type { ProxyLocation } from "./proxy-location.ts";

/** A backend that does not answer is given up after this long (client-go and apiserver dial timeout). */
const DIAL_TIMEOUT_MS = 30_000;

type Address = ProxyLocation & { readonly to: "address" };

/** Connects to a pod or a port of a node. Rejects with an Error in the words of Go. */
export async function dialAddress(
  address: Address,
  { signal, clock }: { readonly signal: AbortSignal; readonly clock: Clock },
): Promise<Duplex> {
  const target = dialTarget(address.host, address.port);
  const port = Number(address.port);
  if (!(Number.isInteger(port) && port > 0 && port < 2 ** 16))
    throw new Error(`dial tcp: lookup tcp/${address.port}: unknown port`);
  const timeout = new AbortController();
  using _timer = clock.after(DIAL_TIMEOUT_MS, () => timeout.abort(new Error("i/o timeout")));
  const { socket, event } = open(address, port);
  try {
    await once(socket, event, { signal: AbortSignal.any([signal, timeout.signal]) });
    return socket;
  } catch (cause) {
    socket.destroy();
    throw new Error(`dial tcp ${target}: ${dialError(cause)}`, { cause });
  }
}

function open({ scheme, host }: Address, port: number): { readonly socket: Socket; readonly event: string } {
  if (scheme === "http") return { socket: connectTcp({ host, port }), event: "connect" };
  // Pods have certificates of their own making, which nobody here could judge (kube-apiserver `proxyTransport`).
  return { socket: connectTls({ host, port, rejectUnauthorized: false }), event: "secureConnect" };
}
