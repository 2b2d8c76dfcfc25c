/**
 * A client of its own process with many watches: changes pods and says how fast every watch hears of all changes.
 */
import { runLoad } from "./closed-loop.ts";
import { ask, getRequest, openSessions, readText, send, type Target } from "./http2-client.ts";
import { requestMaker } from "./request-shapes.ts";

export interface WatchLoadOptions extends Target {
  readonly watchers: number;
  readonly connections: number;
  /** What is watched, without a query. */
  readonly path: string;
  /** The pods that are changed; see the shape `annotatePod`. */
  readonly prefix: string;
  readonly callers: number;
  readonly changesEach: number;
}

export interface WatchLoadFigures {
  readonly eventsPerSecond: number;
}

async function runWatchLoad(options: WatchLoadOptions): Promise<void> {
  const { watchers, connections, path, prefix, callers, changesEach } = options;
  const sessions = await openSessions(options, connections + 1);
  const [writer, ...readers] = sessions;
  if (writer === undefined) throw new RangeError("A load needs connections");
  const changes = callers * changesEach;
  const { metadata } = JSON.parse(await readText(writer, `${path}?limit=1`)) as PodList;
  const request = getRequest(`${path}?watch=true&resourceVersion=${metadata.resourceVersion}`);
  const watches = Array.from({ length: watchers }, (_, index) => {
    const session = readers[index % readers.length] ?? writer;
    return followLines(send(session, request), changes);
  });
  await Promise.all(watches.map(({ opened }) => opened));
  const make = requestMaker({ type: "annotatePod", prefix });
  const start = performance.now();
  await runLoad({
    callers,
    durationMs: Number.POSITIVE_INFINITY,
    requestsEach: changesEach,
    request: (caller, step) => ask(writer, make(caller, step)),
  });
  await Promise.all(watches.map(({ heard }) => heard));
  const seconds = (performance.now() - start) / 1000;
  for (const session of sessions) session.destroy();
  const figures: WatchLoadFigures = { eventsPerSecond: (watchers * changes) / seconds };
  console.log(JSON.stringify(figures));
}

interface PodList {
  readonly metadata: { readonly resourceVersion: string };
}

const NEWLINE = 0x0a;

/** Every event is one line. */
function followLines(stream: ReturnType<typeof send>, wanted: number) {
  const opened = Promise.withResolvers<void>();
  const heard = Promise.withResolvers<void>();
  let lines = 0;
  stream.on("response", () => opened.resolve());
  stream.on("error", (error) => {
    opened.reject(error);
    heard.reject(error);
  });
  stream.on("data", (chunk: Buffer) => {
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines += 1;
    if (lines >= wanted) heard.resolve();
  });
  return { opened: opened.promise, heard: heard.promise };
}

if (import.meta.main) await runWatchLoad(JSON.parse(await Bun.stdin.text()) as WatchLoadOptions);
