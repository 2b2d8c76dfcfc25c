import type { Duplex } from "node:stream";
import type { Clock } from "#base/clock.ts";
import { abortable } from "#base/disposable.ts";
import { DialError, type Dialer } from "../../backends/dialer.ts";
import { secureConnection } from "../../backends/secure-connection.ts";
import type { ProxyLocation } from "./proxy-location.ts";
import { proxyableAddress } from "./proxyable-address.ts";

type Address = ProxyLocation & { readonly to: "address" };

/** Connects to a pod or a port of a node. Rejects with a StatusError where nobody may, else with an Error in the words of Go. */
export async function dialAddress(
  { scheme, host, port }: Address,
  { dialer, signal, clock }: { readonly dialer: Dialer; readonly signal: AbortSignal; readonly clock: Clock },
): Promise<Duplex> {
  const number = Number(port);
  if (!(Number.isInteger(number) && number > 0 && number < 2 ** 16))
    throw new DialError(`dial tcp: lookup tcp/${port}: unknown port`);
  const address = await abortable(proxyableAddress({ host, port: number }), signal);
  const connection = await dialer.dial(address, signal);
  if (scheme === "http") return connection;
  // Pods have certificates of their own making, which nobody here could judge (kube-apiserver `proxyTransport`).
  return await secureConnection(connection, { serverName: host, insecure: true }, { clock, signal });
}
