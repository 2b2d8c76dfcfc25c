/**
 * A client of its own process: asks a server in a closed loop and says how fast it was answered. Over HTTP/2 many callers
 * share few connections, as the streams of one client do; over HTTP/1.1 each has its own.
 */
import { type LoadFigures, runLoad } from "./closed-loop.ts";
import { Http1Connection } from "./http1-client.ts";
import { ask, openSessions, type Target } from "./http2-client.ts";
import { type RequestShape, requestMaker, type ShapedRequest } from "./request-shapes.ts";

export type HttpVersion = "HTTP/2" | "HTTP/1.1";

export interface ShapedLoadOptions extends Target {
  readonly shape: RequestShape;
  readonly http: HttpVersion;
  readonly callers: number;
  /** Ends after this time, or, where that is given, after so many requests of each caller. */
  readonly durationMs: number;
  readonly requestsEach?: number;
}

export interface ShapedLoadFigures extends LoadFigures {
  readonly requests: number;
  /** CPU time of this process. */
  readonly cpuSeconds: number;
}

const CALLERS_PER_SESSION = 8;

/** Rejects unless the answer has the expected status. */
type Send = (caller: number, request: ShapedRequest) => Promise<void>;

async function runShapedLoad(options: ShapedLoadOptions): Promise<void> {
  const { shape, callers, durationMs, requestsEach } = options;
  await using stack = new AsyncDisposableStack();
  const send = await (options.http === "HTTP/2" ? openHttp2 : openHttp1)(options, stack);
  const make = requestMaker(shape);
  let requests = 0;
  const figures = await runLoad({
    callers,
    durationMs,
    ...(requestsEach !== undefined && { requestsEach }),
    request: async (caller, step) => {
      await send(caller, make(caller, step));
      requests += 1;
    },
  });
  const { user, system } = process.cpuUsage();
  const result: ShapedLoadFigures = { ...figures, requests, cpuSeconds: (user + system) / 1e6 };
  console.log(JSON.stringify(result));
}

async function openHttp2(options: ShapedLoadOptions, stack: AsyncDisposableStack): Promise<Send> {
  const sessions = await openSessions(options, Math.ceil(options.callers / CALLERS_PER_SESSION));
  for (const session of sessions) stack.defer(() => session.destroy());
  return (caller, request) => ask(ofCaller(sessions, caller), request);
}

async function openHttp1(options: ShapedLoadOptions, stack: AsyncDisposableStack): Promise<Send> {
  const opening = Array.from({ length: options.callers }, () => Http1Connection.open(options));
  const connections = await Promise.all(opening);
  for (const connection of connections) stack.defer(() => connection.close());
  return async (caller, { headers: all, body, expected }) => {
    const { ":method": method = "GET", ":path": path = "/", ...headers } = all;
    const { status } = await ofCaller(connections, caller).ask({ method, path, headers, body });
    if (status !== expected) throw new Error(`Cannot go on: the server answered ${String(status)}`);
  };
}

function ofCaller<T>(connections: readonly T[], caller: number): T {
  const connection = connections[caller % connections.length];
  if (connection === undefined) throw new RangeError("A load needs a connection");
  return connection;
}

if (import.meta.main) await runShapedLoad(JSON.parse(await Bun.stdin.text()) as ShapedLoadOptions);
