/**
 * A client of its own process with many watches: changes objects and says how fast every watch hears of all changes. Each
 * round of changes waits for the last watch, since a server cuts off those that fall far behind.
 */
import { ask, getRequest, openSessions, readText, send, type Target } from "./http2-client.ts";
import { requestMaker } from "./request-shapes.ts";

export interface WatchLoadOptions extends Target {
  readonly watchers: number;
  readonly connections: number;
  /** Default: JSON. */
  readonly accept?: string;
  /** What is watched, without a query. */
  readonly path: string;
  /** The objects that are changed; see the shape `annotate`. */
  readonly prefix: string;
  readonly callers: number;
  /** As many rounds; in each of them every caller changes its object. */
  readonly changesEach: number;
}

export interface WatchLoadFigures {
  readonly eventsPerSecond: number;
}

async function runWatchLoad(options: WatchLoadOptions): Promise<void> {
  const { watchers, connections, path, prefix, callers, changesEach, accept = JSON_TYPE } = options;
  const sessions = await openSessions(options, connections + 1);
  const [writer, ...readers] = sessions;
  if (writer === undefined) throw new RangeError("A load needs connections");
  const { metadata } = JSON.parse(await readText(writer, `${path}?limit=1`)) as List;
  const request = getRequest(`${path}?watch=true&resourceVersion=${metadata.resourceVersion}`, { accept });
  const counter = accept === JSON_TYPE ? lineCounter : frameCounter;
  const watches = Array.from({ length: watchers }, (_, index) => {
    const session = readers[index % readers.length] ?? writer;
    return new Watch(send(session, request), counter());
  });
  await Promise.all(watches.map(({ opened }) => opened));
  const make = requestMaker({ type: "annotate", path, prefix });
  const start = performance.now();
  for (let round = 0; round < changesEach; round += 1) {
    await Promise.all(Array.from({ length: callers }, (_, caller) => ask(writer, make(caller, round))));
    await Promise.all(watches.map((watch) => watch.hasHeard((round + 1) * callers)));
  }
  const seconds = (performance.now() - start) / 1000;
  for (const session of sessions) session.destroy();
  const figures: WatchLoadFigures = { eventsPerSecond: (watchers * callers * changesEach) / seconds };
  console.log(JSON.stringify(figures));
}

interface List {
  readonly metadata: { readonly resourceVersion: string };
}

const JSON_TYPE = "application/json";
const NEWLINE = 0x0a;

/** Says how many events end in each chunk of a stream. */
type Counter = (chunk: Buffer) => number;

function lineCounter(): Counter {
  return (chunk) => {
    let lines = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines += 1;
    return lines;
  };
}

/** Every event of protobuf has its length in four bytes in front of it. */
function frameCounter(): Counter {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let frames = 0;
    while (rest.length >= 4) {
      const end = 4 + rest.readUInt32BE();
      if (rest.length < end) break;
      rest = rest.subarray(end);
      frames += 1;
    }
    return frames;
  };
}

class Watch {
  readonly opened: Promise<void>;
  #events = 0;
  #failure: Error | undefined;
  #wake = (): void => {};

  constructor(stream: ReturnType<typeof send>, count: Counter) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.opened = promise;
    stream.on("response", () => resolve());
    stream.on("error", (error: Error) => {
      reject(error);
      this.#failure = error;
      this.#wake();
    });
    stream.on("data", (chunk: Buffer) => {
      this.#events += count(chunk);
      this.#wake();
    });
  }

  async hasHeard(events: number): Promise<void> {
    while (this.#events < events) {
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

if (import.meta.main) await runWatchLoad(JSON.parse(await Bun.stdin.text()) as WatchLoadOptions);
