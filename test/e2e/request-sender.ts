/**
 * `bun request-sender.ts URL...` asks for each URL until it is killed, on connections of their own and on one that goes on as
 * long as the server lets it, and prints a line for each answer.
 */
import { connect, type Socket } from "node:net";

const TIMEOUT_MS = 5000;
// A hundred requests a second: enough to hit every gap, and the machine has other work.
const PAUSE_MS = 20;

const urls = process.argv.slice(2);
const pauseMs = PAUSE_MS * urls.length;
await Promise.all(urls.flatMap((url) => [send(url, () => askAnew(url)), send(url, createKept(url))]));

async function send(url: string, ask: () => Promise<string>): Promise<never> {
  for (;;) {
    const status = await ask().catch(String);
    const line = status.startsWith("200") ? "ok" : `failed at ${new Date().toISOString()}: ${status}`;
    process.stdout.write(`${line} ${url}\n`);
    await Bun.sleep(pauseMs);
  }
}

async function askAnew(url: string): Promise<string> {
  const answer = await fetch(url, { keepalive: false, signal: AbortSignal.timeout(TIMEOUT_MS) });
  await answer.text();
  return String(answer.status);
}

/** By hand, because libraries ask again unseen when a connection has ended. */
function createKept(url: string): () => Promise<string> {
  const { hostname, port, host } = new URL(url);
  const open = (): Socket =>
    connect({ host: hostname, port: Number(port || 80), noDelay: true }).on("error", () => undefined);
  let kept: Socket | undefined;
  return async () => {
    const socket = kept ?? open();
    kept = undefined;
    try {
      socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      const head = await readAnswer(socket);
      if (!/^connection: close/im.test(head)) kept = socket;
      return head.replace(/^HTTP\S+ (.*)[^]*/, "$1");
    } finally {
      if (kept === undefined) socket.destroy();
    }
  };
}

/** Reads one answer to its end; its head. */
function readAnswer(socket: Socket): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = "";
  const read = (chunk: Buffer): void => {
    text += chunk.toString();
    const [head = "", body] = text.split("\r\n\r\n", 2);
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1]);
    if (body !== undefined && body.length >= length) resolve(head);
  };
  const closed = (): void => reject(new Error("closed before the answer"));
  const timer = setTimeout(() => reject(new Error("not answered in time")), TIMEOUT_MS);
  socket.on("data", read).on("close", closed);
  return promise.finally(() => {
    clearTimeout(timer);
    socket.off("data", read).off("close", closed);
  });
}
