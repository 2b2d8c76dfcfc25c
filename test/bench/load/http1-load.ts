/**
 * Clients of a process of their own that each have a connection of HTTP/1.1 and ask over and over, so many of them that
 * they can flood a server from a core of the same machine.
 */
import { Http1Connection, type Http1Request } from "./http1-client.ts";
import type { Target } from "./http2-client.ts";

export interface Http1LoadOptions extends Required<Target> {
  readonly connections: number;
  /** Between an answer and the next request. */
  readonly pauseMs: number;
  /** Ends after this time, or, where that is given, after so many requests of each connection. */
  readonly durationMs: number;
  readonly requestsEach?: number;
  /** Each connection asks for one of them; `*` in a body stands for a name that nobody has used. */
  readonly requests: readonly PlainRequest[];
}

export interface PlainRequest {
  readonly method: string;
  readonly path: string;
  readonly contentType?: string;
  readonly body?: string;
}

export interface Http1LoadFigures {
  readonly answered: number;
  /** Told to come back later. */
  readonly refused: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

async function runHttp1Load(options: Http1LoadOptions): Promise<void> {
  const { connections, pauseMs, durationMs, requests } = options;
  const { requestsEach = Number.POSITIVE_INFINITY } = options;
  const opened: Http1Connection[] = [];
  while (opened.length < connections) opened.push(await Http1Connection.open(options));
  const latencies: number[] = [];
  let refused = 0;
  const end = performance.now() + durationMs;
  await Promise.all(
    opened.map(async (connection, index) => {
      const request = requests[index % requests.length] as PlainRequest;
      for (let step = 0; step < requestsEach && performance.now() < end; step += 1) {
        const asked = performance.now();
        const { status, retryAfterMs } = await connection.ask(named(request));
        if (status === 429) refused += 1;
        else if (status < 300) latencies.push(performance.now() - asked);
        else throw new Error(`Cannot go on: the server answered ${String(status)}`);
        await Bun.sleep(status === 429 ? retryAfterMs : pauseMs);
      }
    }),
  );
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.floor((sorted.length - 1) * part)] ?? 0;
  const figures: Http1LoadFigures = {
    answered: sorted.length,
    refused,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
  };
  console.log(JSON.stringify(figures));
  process.exit();
}

function named({ method, path, contentType = "application/json", body = "" }: PlainRequest): Http1Request {
  return {
    method,
    path,
    headers: { "content-type": contentType },
    body: body.replace("*", crypto.randomUUID()),
  };
}

if (import.meta.main) await runHttp1Load(JSON.parse(await Bun.stdin.text()) as Http1LoadOptions);
