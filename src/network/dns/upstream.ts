import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Clock } from "#base/clock.ts";
import { frame, readFrames } from "./tcp-framing.ts";
import { formatQuery, type Message, parseMessage } from "./wire/message.ts";
import { FLAG, type Question } from "./wire/query.ts";

export const DNS_PORT = 53;

/** Another DNS server. */
export interface Upstream {
  readonly address: string;
  readonly port: number;
  /** Asked over TLS alone (RFC 7858). */
  readonly tls?: UpstreamTls;
}

export interface UpstreamTls {
  /** Whose certificate the server must have; its address by default. */
  readonly servername?: string;
  /** The authorities to trust; those that everybody trusts by default. */
  readonly ca?: string;
}

/** What is asked of another server. */
export interface OutgoingQuestion extends Question {
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
}

export interface ExchangeOptions {
  readonly timeoutMs: number;
  /** Ask over TCP from the start. */
  readonly forceTcp: boolean;
  readonly clock: Pick<Clock, "after">;
}

/** `192.0.2.1:5353`, `[2001:db8::1]:53`. */
export function formatUpstream({ address, port }: Upstream): string {
  return `${address.includes(":") ? `[${address}]` : address}:${String(port)}`;
}

/**
 * Asks one server, over UDP first and over TCP when its answer was cut. Resolves with undefined when it does not answer
 * in time or at all. Every query has a port and an id of its own, and an answer must repeat the question, so that
 * somebody who cannot see the query can hardly forge the answer (RFC 5452).
 */
export async function exchange(
  upstream: Upstream,
  question: OutgoingQuestion,
  options: ExchangeOptions,
): Promise<Message | undefined> {
  if (upstream.tls === undefined && !options.forceTcp) {
    const answer = await ask(askByUdp, upstream, question, options);
    if (answer === undefined || (answer.flags & FLAG.TRUNCATED) === 0) return answer;
  }
  return await ask(askByTcp, upstream, question, options);
}

/** Sends a query, hands over what comes back, and says when nothing more will. Returns what ends it. */
type Ask = (
  upstream: Upstream,
  query: Uint8Array,
  heard: (bytes: Uint8Array) => void,
  failed: () => void,
) => () => void;

function ask(
  send: Ask,
  upstream: Upstream,
  question: OutgoingQuestion,
  { clock, timeoutMs }: ExchangeOptions,
): Promise<Message | undefined> {
  const id = randomInt(0x1_0000);
  const query = formatQuery({ ...question, id });
  return new Promise((resolve) => {
    const finish = (answer: Message | undefined): void => {
      timer[Symbol.dispose]();
      close();
      resolve(answer);
    };
    const timer = clock.after(timeoutMs, () => finish(undefined));
    const heard = (bytes: Uint8Array): void => {
      const answer = parseMessage(bytes);
      if (answer !== undefined && answers(answer, { ...question, id })) finish(answer);
    };
    const close = send(upstream, query, heard, () => finish(undefined));
  });
}

function answers(answer: Message, { id, name, type }: Question & { readonly id: number }): boolean {
  return answer.id === id && answer.question?.name === name && answer.question.type === type;
}

const askByUdp: Ask = ({ address, port }, query, heard, failed) => {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  let isOpen = true;
  socket.on("error", () => failed());
  socket.on("message", heard);
  // Connected: the kernel drops what others send to this port, and reports a port that nobody listens on.
  const connected = (error?: Error): void => {
    if (!isOpen) return;
    // There may be no way to the server at all.
    if (error === undefined) socket.send(query, (lost) => lost && failed());
    else failed();
  };
  // The types leave the error out.
  socket.connect(port, address, connected as () => void);
  return () => {
    if (isOpen) socket.close();
    isOpen = false;
  };
};

const askByTcp: Ask = (upstream, query, heard, failed) => {
  const socket = connectTo(upstream);
  for (const event of ["error", "close"]) socket.on(event, failed);
  readFrames(socket, heard);
  socket.write(frame(query));
  return () => {
    socket.removeAllListeners("close");
    socket.destroy();
  };
};

function connectTo({ address, port, tls }: Upstream): Socket {
  if (tls === undefined) return connect(port, address);
  const { servername, ca } = tls;
  return connectTls({
    host: address,
    port,
    ALPNProtocols: ["dot"],
    ...(servername !== undefined && { servername }),
    ...(ca !== undefined && { ca }),
  });
}
