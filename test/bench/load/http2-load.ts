/**
 * A client of its own process: asks a server over HTTP/2 in a closed loop and says how fast it was answered. Many
 * callers share few connections, as the streams of one client do.
 */
import { type LoadFigures, runLoad } from "./closed-loop.ts";
import { ask, openSessions, type Target } from "./http2-client.ts";
import { type RequestShape, requestMaker } from "./request-shapes.ts";

export interface Http2LoadOptions extends Target {
  readonly shape: RequestShape;
  readonly callers: number;
  readonly connections: number;
  /** Ends after this time, or, where that is given, after so many requests of each caller. */
  readonly durationMs: number;
  readonly requestsEach?: number;
}

export interface Http2LoadFigures extends LoadFigures {
  readonly requests: number;
  /** CPU time of this process. */
  readonly cpuSeconds: number;
}

async function runHttp2Load(options: Http2LoadOptions): Promise<void> {
  const { shape, callers, durationMs, requestsEach } = options;
  const sessions = await openSessions(options, options.connections);
  const make = requestMaker(shape);
  let requests = 0;
  const figures = await runLoad({
    callers,
    durationMs,
    ...(requestsEach !== undefined && { requestsEach }),
    request: async (caller, step) => {
      const session = sessions[caller % sessions.length];
      if (session === undefined) throw new RangeError("A load needs a connection");
      await ask(session, make(caller, step));
      requests += 1;
    },
  });
  for (const session of sessions) session.destroy();
  const { user, system } = process.cpuUsage();
  const result: Http2LoadFigures = { ...figures, requests, cpuSeconds: (user + system) / 1e6 };
  console.log(JSON.stringify(result));
}

if (import.meta.main) await runHttp2Load(JSON.parse(await Bun.stdin.text()) as Http2LoadOptions);
