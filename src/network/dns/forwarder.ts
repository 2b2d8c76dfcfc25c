import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { frame, readFrames } from "./tcp-framing.ts";

/** How long one server may take before the next is asked. */
const ATTEMPT_TIMEOUT_MS = 2000;
const DNS_PORT = 53;

/** `address` or `address:port` is not distinguished in resolv.conf; tests give the port. */
export interface Upstream {
  readonly address: string;
  readonly port?: number;
}

/** Asks other servers what the cluster does not know. Answers are passed on as they are, ids included. */
export interface Forwarder {
  /** Resolves with undefined when no server answers. */
  forward(query: Uint8Array, transport: "udp" | "tcp"): Promise<Uint8Array | undefined>;
}

/** Tries the servers in order; `upstreams` is read for every query because hosts change networks. */
export function createForwarder(upstreams: () => Promise<readonly Upstream[]>): Forwarder {
  return {
    forward: async (query, transport) => {
      const ask = transport === "udp" ? askByUdp : askByTcp;
      for (const upstream of await upstreams()) {
        const answer = await ask(query, upstream);
        if (answer !== undefined) return answer;
      }
      return undefined;
    },
  };
}

function askByUdp(
  query: Uint8Array,
  { address, port = DNS_PORT }: Upstream,
): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
    const finish = (answer: Uint8Array | undefined): void => {
      clearTimeout(timer);
      socket.close();
      resolve(answer);
    };
    const timer = setTimeout(() => finish(undefined), ATTEMPT_TIMEOUT_MS);
    socket.once("error", () => finish(undefined));
    // Somebody else's packet to this port is not the answer.
    socket.on("message", (message) => {
      if (message[0] === query[0] && message[1] === query[1]) finish(message);
    });
    socket.connect(port, address, () => {
      socket.send(query, (error) => {
        if (error) finish(undefined);
      });
    });
  });
}

function askByTcp(
  query: Uint8Array,
  { address, port = DNS_PORT }: Upstream,
): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, address);
    const finish = (answer: Uint8Array | undefined): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(ATTEMPT_TIMEOUT_MS, () => finish(undefined));
    for (const event of ["error", "close"]) socket.once(event, () => finish(undefined));
    readFrames(socket, finish);
    socket.write(frame(query));
  });
}
