import { type OutgoingHttpHeaders, type ServerResponse, STATUS_CODES } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Answer, type AnswerContent, type AnswerHeaders, bytesOf, isStream } from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import { cutOff, type NodeResponse, responseSink } from "./node-response.ts";
import { pumpLive } from "./pump-live.ts";
import type { UnreadNews } from "./unread-news.ts";

export interface Writing {
  readonly unread: UnreadNews;
  /** Resolves when an answer that is all written may end: of one that takes the connection with it. */
  readonly beforeEnd?: () => Promise<void>;
}

/**
 * Writes an answer and resolves when it has been handed over or the client has gone. Of what comes in pieces it holds
 * one at a time: a client that does not read makes the next one wait, but for one of news. Rejects when a piece fails,
 * which cuts it off.
 */
export async function writeAnswer(
  answer: Answer,
  response: NodeResponse,
  exchange: Exchange,
  { unread, beforeEnd }: Writing,
): Promise<void> {
  const { code, content, live } = answer;
  const fields = { ...commonFields(exchange), ...answer.fields };
  const hasBody = exchange.method !== "HEAD";
  if (content instanceof Uint8Array) {
    const head = { ...fields, "content-length": String(content.length) };
    const body = hasBody ? content : EMPTY;
    if ("stream" in response) {
      writeWholeStream({ code, fields: head, body }, response);
      return;
    }
    writeHead(response, code, head);
    await writeWhole(body, response, beforeEnd);
    return;
  }
  const length = isStream(content) ? {} : { "content-length": String(content.length) };
  writeHead(response, code, { ...fields, ...length });
  if (!hasBody) {
    response.end();
    return;
  }
  // A watch may have nothing to say for long, and its client waits for the status line.
  (response as ServerResponse).flushHeaders();
  try {
    const sink = responseSink(response);
    if (isStream(content) && live !== undefined)
      await pumpLive({ ...live, pieces: content }, sink, exchange, unread);
    else await pump(content, response, exchange);
  } catch (error) {
    cutOff(response);
    throw error;
  }
}

const EMPTY = new Uint8Array();

interface WholeAnswer {
  readonly code: number;
  readonly fields: AnswerHeaders;
  readonly body: Uint8Array;
}

/**
 * Ends a stream of HTTP/2 with the last piece of its body. What Node offers for both versions of HTTP expects trailers, and
 * so sends the end as a frame of its own.
 */
function writeWholeStream({ code, fields, body }: WholeAnswer, response: Http2ServerResponse): void {
  const { stream } = response;
  if (stream.destroyed || stream.closed) return;
  const head = { ":status": code, ...fields } as OutgoingHttpHeaders;
  stream.respond(head, { endStream: body.length === 0 });
  if (body.length > 0) stream.end(body);
  // Marks the response as ended, which the stream is.
  response.end();
}

async function writeWhole(
  body: Uint8Array,
  response: ServerResponse,
  beforeEnd: Writing["beforeEnd"],
): Promise<void> {
  if (beforeEnd === undefined && body.length > 0) {
    response.end(body);
    return;
  }
  if (body.length > 0) response.write(body);
  await beforeEnd?.();
  response.end();
}

/** Writes an answer to a connection that stays in HTTP/1.1 although its client wanted to leave it, and closes it. */
export async function writeRawAnswer(answer: Answer, socket: Writable, exchange: Exchange): Promise<void> {
  const { code, content } = answer;
  const fields = {
    ...commonFields(exchange),
    ...answer.fields,
    connection: "close",
    ...(!isStream(content) && { "content-length": String(content.length) }),
  };
  exchange.markUnderWay();
  socket.write(`HTTP/1.1 ${String(code)} ${STATUS_CODES[code] ?? ""}\r\n${formatFields(fields)}\r\n`);
  if (isStream(content)) await pipeline(content, socket);
  // Pieces may be made in each other's place while those before wait in the socket.
  else socket.end(content instanceof Uint8Array ? content : bytesOf(content));
}

function formatFields(fields: AnswerHeaders): string {
  return Object.entries(fields)
    .flatMap(([name, value]) =>
      (typeof value === "string" ? [value] : value).map((each) => `${name}: ${each}\r\n`),
    )
    .join("");
}

/** What every answer says; all of them depend on who asks. */
function commonFields({ requestId, answerFields }: Exchange): AnswerHeaders {
  return { "audit-id": requestId, "cache-control": "no-cache, private", ...answerFields };
}

function writeHead(response: NodeResponse, code: number, fields: AnswerHeaders): void {
  // The overloads of the two protocols differ in a status message that HTTP/2 does not have.
  (response as Http2ServerResponse).writeHead(code, fields as OutgoingHttpHeaders);
}

async function pump(
  content: Exclude<AnswerContent, Uint8Array>,
  response: NodeResponse,
  exchange: Exchange,
): Promise<void> {
  for await (const piece of content) {
    if (exchange.isFinished) return;
    await handOver(piece, response, exchange.signal);
  }
  if ("trailers" in content)
    (response as ServerResponse).addTrailers(content.trailers() as OutgoingHttpHeaders);
  response.end();
}

/** Resolves when the client has taken the piece or has gone; cuts it off when it is no longer waited for. */
async function handOver(piece: Uint8Array, response: NodeResponse, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const giveUp = (): void => cutOff(response);
  response.once("close", resolve);
  signal.addEventListener("abort", giveUp, { once: true });
  if (signal.aborted) giveUp();
  else (response as ServerResponse).write(piece, () => resolve());
  await promise;
  response.off("close", resolve);
  signal.removeEventListener("abort", giveUp);
}
