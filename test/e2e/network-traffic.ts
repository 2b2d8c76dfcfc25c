import type { TestNamespace } from "./network-lab.ts";

/** Longer than anything on one machine takes, shorter than a retransmission. */
const ANSWER_TIMEOUT_MS = 700;

/** Enough for a retransmission. */
export const PATIENT_TIMEOUT_MS = 4_000;

/** What a client sends; servers answer every message with their name and the address that they see. */
const QUESTION = "who?";

/** A TCP server inside a namespace. */
export function serveTcp(
  namespace: TestNamespace,
  port: number,
  name: string,
  hostname = "0.0.0.0",
): Disposable {
  const listener = namespace.inside(() =>
    Bun.listen({
      hostname,
      port,
      socket: {
        data: (socket) => {
          socket.write(`${name} ${socket.remoteAddress}`);
        },
      },
    }),
  );
  return { [Symbol.dispose]: () => listener.stop(true) };
}

/** A UDP server inside a namespace. */
export async function serveUdp(
  namespace: TestNamespace,
  port: number,
  name: string,
  hostname = "0.0.0.0",
): Promise<Disposable> {
  const { opening } = namespace.inside(() => ({
    opening: Bun.udpSocket({
      hostname,
      port,
      socket: {
        data: (socket, _bytes, remotePort, remoteAddress) => {
          socket.send(`${name} ${remoteAddress}`, remotePort, remoteAddress);
        },
        // A client that has left; without a handler the runtime would end the process.
        error: () => undefined,
      },
    }),
  }));
  const socket = await opening;
  return { [Symbol.dispose]: () => socket.close() };
}

/** A TCP connection that asks as often as it is told to. */
export interface TcpClient extends Disposable {
  /** What the server says; `closed` or `timeout` when it says nothing. */
  ask(): Promise<string>;
}

/** Connects from inside a namespace; rejects with the system's error code or `timeout`. */
export async function connectTcp(
  namespace: TestNamespace,
  host: string,
  port: number,
  timeoutMs = ANSWER_TIMEOUT_MS,
): Promise<TcpClient> {
  let answer = Promise.withResolvers<string>();
  const connected = Promise.withResolvers<void>();
  const { opening } = namespace.inside(() => ({
    opening: Bun.connect({
      hostname: host,
      port,
      socket: {
        open: () => connected.resolve(),
        data: (_socket, bytes) => answer.resolve(bytes.toString()),
        close: () => answer.resolve("closed"),
        error: (_socket, error) => answer.resolve(codeOf(error)),
        connectError: (_socket, error) => connected.reject(new Error(codeOf(error))),
      },
    }),
  }));
  opening.catch(() => undefined);
  await within(
    connected.promise.then(() => ""),
    () => {
      throw new Error("timeout");
    },
    timeoutMs,
  );
  const socket = await opening;
  return {
    ask: () => {
      answer = Promise.withResolvers<string>();
      socket.write(QUESTION);
      return within(answer.promise, () => "timeout");
    },
    [Symbol.dispose]: () => socket.terminate(),
  };
}

/** One question over a new connection: the answer, or how it failed. */
export async function askTcp(
  namespace: TestNamespace,
  host: string,
  port: number,
  timeoutMs?: number,
): Promise<string> {
  try {
    using client = await connectTcp(namespace, host, port, timeoutMs);
    return await client.ask();
  } catch (error) {
    // `connectTcp` puts the code into the message.
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Why a connection fails, in the system's words: "Connection refused". The runtime's own clients report every failure
 * as a refusal, so this one is busybox. It waits for one retransmission: an ICMP message that comes back at once finds
 * the socket still locked by `connect`, which then waits on.
 */
export function whyNotTcp(namespace: TestNamespace, host: string, port: number): string {
  const nc = ["timeout", "4", "busybox", "nc", "-w", "3", host, String(port)];
  const { exitCode, stderr } = Bun.spawnSync(["ip", "netns", "exec", namespace.name, ...nc], {
    stdin: "ignore",
  });
  const isConnected = exitCode === 0 || exitCode === TIMED_OUT;
  return isConnected ? "it works" : (stderr.toString().trim().split(": ").at(-1) ?? "");
}

/** What timeout(1) exits with when it had to end the command. */
const TIMED_OUT = 124;

export interface UdpClient extends Disposable {
  ask(): Promise<string>;
}

/** A UDP socket inside a namespace that always asks the same server, from one port. */
export async function openUdp(namespace: TestNamespace, host: string, port: number): Promise<UdpClient> {
  let answer = Promise.withResolvers<string>();
  const { opening } = namespace.inside(() => ({
    opening: Bun.udpSocket({
      hostname: host.includes(":") ? "::" : "0.0.0.0",
      connect: { hostname: host, port },
      socket: {
        data: (_socket, bytes) => answer.resolve(bytes.toString()),
        // The runtime passes the error alone, whatever its types say.
        error: (...facts: readonly unknown[]) => answer.resolve(codeOf(facts.at(-1) ?? facts[0])),
      },
    }),
  }));
  const socket = await opening;
  return {
    ask: () => {
      answer = Promise.withResolvers<string>();
      try {
        socket.send(QUESTION);
      } catch (error) {
        // What the host's own rules drop fails at once, and the next packet may get through.
        return Promise.resolve(codeOf(error));
      }
      return within(answer.promise, () => "timeout");
    },
    [Symbol.dispose]: () => socket.close(),
  };
}

export async function askUdp(namespace: TestNamespace, host: string, port: number): Promise<string> {
  try {
    using client = await openUdp(namespace, host, port);
    return await client.ask();
  } catch (error) {
    return codeOf(error);
  }
}

/** Waits for a condition that another task brings about. */
export async function until(describe: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    if (await condition()) return;
    await Bun.sleep(10);
  }
  throw new Error(`Did not happen in time: ${describe}`);
}

async function within(
  promise: Promise<string>,
  onTimeout: () => string,
  timeoutMs = ANSWER_TIMEOUT_MS,
): Promise<string> {
  const { promise: late, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(() => resolve("late"), timeoutMs);
  try {
    const first = await Promise.race([promise.then((value) => ({ value })), late]);
    return first === "late" ? onTimeout() : first.value;
  } finally {
    clearTimeout(timer);
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? String(error.code) : error.message;
}

/** A TCP server inside a namespace that takes `size` bytes of each client and then says so. */
export function serveSink(namespace: TestNamespace, port: number, size: number): Disposable {
  const listener = namespace.inside(() =>
    Bun.listen<{ left: number }>({
      hostname: "0.0.0.0",
      port,
      socket: {
        open: (socket) => {
          socket.data = { left: size };
        },
        data: (socket, bytes) => {
          socket.data.left -= bytes.length;
          if (socket.data.left <= 0) socket.write("all");
        },
      },
    }),
  );
  return { [Symbol.dispose]: () => listener.stop(true) };
}

/** Sends a sink what it takes; how many milliseconds that took. */
export async function timeOfSending(
  namespace: TestNamespace,
  to: { readonly host: string; readonly port: number; readonly size: number },
): Promise<number> {
  let rest = new Uint8Array(to.size);
  const taken = Promise.withResolvers<void>();
  const send = (socket: { write(bytes: Uint8Array): number }): void => {
    rest = rest.subarray(socket.write(rest));
  };
  const { opening } = namespace.inside(() => ({
    opening: Bun.connect({
      hostname: to.host,
      port: to.port,
      socket: {
        open: send,
        drain: (socket) => {
          if (rest.length > 0) send(socket);
        },
        data: () => taken.resolve(),
        error: (_socket, error) => taken.reject(error),
        close: () => taken.reject(new Error("The sink closed the connection")),
      },
    }),
  }));
  const started = performance.now();
  const socket = await opening;
  await taken.promise;
  const elapsed = performance.now() - started;
  socket.terminate();
  return elapsed;
}
