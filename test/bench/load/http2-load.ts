/**
 * A client of its own process: asks a server over HTTP/2 in a closed loop and says how fast it was answered. Many
 * callers share few connections, as the streams of one client do.
 */
import { type ClientHttp2Session, connect, type SecureClientSessionOptions } from "node:http2";
import { type LoadFigures, latencyFigures } from "./closed-loop.ts";
import { type RequestShape, requestMaker } from "./request-shapes.ts";

export interface Http2LoadOptions {
  readonly url: string;
  readonly tls?: Pick<SecureClientSessionOptions, "ca" | "cert" | "key">;
  readonly shape: RequestShape;
  readonly callers: number;
  readonly connections: number;
  readonly durationMs: number;
  /** Requests before counting starts, so that the server's code is compiled. */
  readonly warmUpMs: number;
}

export interface Http2LoadFigures extends LoadFigures {
  /** Of this process, for all the time that it counted. */
  readonly cpuCores: number;
  /** With those before counting started. */
  readonly requests: number;
}

async function runHttp2Load(options: Http2LoadOptions): Promise<Http2LoadFigures> {
  const sessions = await Promise.all(Array.from({ length: options.connections }, () => open(options)));
  const make = requestMaker(options.shape);
  const latencies: number[] = [];
  let requests = 0;
  const startAt = performance.now() + options.warmUpMs;
  const endAt = startAt + options.durationMs;
  let cpu = process.cpuUsage();
  const warmed = setTimeout(() => {
    cpu = process.cpuUsage();
  }, options.warmUpMs);
  await Promise.all(
    Array.from({ length: options.callers }, async (_, caller) => {
      const session = sessions[caller % sessions.length];
      if (session === undefined) throw new RangeError("A load needs a connection");
      for (let step = 0; ; step += 1) {
        const asked = performance.now();
        if (asked >= endAt) return;
        await ask(session, make(caller, step));
        requests += 1;
        if (asked >= startAt) latencies.push(performance.now() - asked);
      }
    }),
  );
  clearTimeout(warmed);
  const elapsedMs = performance.now() - startAt;
  const { user, system } = process.cpuUsage(cpu);
  for (const session of sessions) session.destroy();
  return { ...latencyFigures(latencies, elapsedMs), cpuCores: (user + system) / 1000 / elapsedMs, requests };
}

async function open({ url, tls }: Http2LoadOptions): Promise<ClientHttp2Session> {
  const session = connect(url, { ...tls });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  session.once("connect", () => resolve());
  session.once("error", reject);
  await promise;
  return session;
}

interface WireRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly expected: number;
}

/** Resolves when the whole answer has come; rejects unless it has the expected status. */
function ask(session: ClientHttp2Session, { headers, body, expected }: WireRequest): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stream = session.request(headers, { endStream: body.length === 0 });
  let status: unknown;
  let grpcStatus: unknown = "0";
  stream.on("response", (answered) => {
    status = answered[":status"];
    grpcStatus = answered["grpc-status"] ?? "0";
  });
  stream.on("trailers", (trailers) => {
    grpcStatus = trailers["grpc-status"] ?? "0";
  });
  stream.on("error", reject);
  stream.on("end", () => {
    if (status === expected && grpcStatus === "0") resolve();
    else reject(new Error(`Cannot go on: the server answered ${String(status)}, gRPC ${String(grpcStatus)}`));
  });
  stream.resume();
  if (body.length > 0) stream.end(body);
  return promise;
}

if (import.meta.main) {
  const options = JSON.parse(await Bun.stdin.text()) as Http2LoadOptions;
  console.log(JSON.stringify(await runHttp2Load(options)));
}
