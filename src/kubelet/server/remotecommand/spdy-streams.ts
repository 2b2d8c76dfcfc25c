import type { Duplex } from "node:stream";
import { SpdyConnection } from "../spdy/spdy-connection.ts";
import type { SpdyStream } from "../spdy/spdy-stream.ts";
import type { StreamSettings } from "../stream-settings.ts";
import type {
  RemoteCommandOptions,
  RemoteCommandProtocol,
  RemoteCommandStreams,
} from "./remote-command-streams.ts";

/**
 * The streams of a remote command as streams of a SPDY connection, as soon as the client has opened all that it has
 * asked for. Rejects when it does not, or when the connection ends before.
 */
export async function spdyStreams(
  transport: Duplex,
  protocol: RemoteCommandProtocol,
  options: RemoteCommandOptions,
  settings: StreamSettings,
): Promise<RemoteCommandStreams> {
  const expected = expectedStreams(options, protocol);
  const opened = new Map<string, SpdyStream>();
  const complete = Promise.withResolvers<void>();
  const connection = new SpdyConnection(
    transport,
    {
      admits: ({ streamtype = "" }) => expected.has(streamtype) && !opened.has(streamtype),
      onStream: (stream) => {
        opened.set(stream.headers["streamtype"] ?? "", stream);
        if (opened.size === expected.size) complete.resolve();
      },
    },
    settings,
  );
  connection.serve().then(() => complete.reject(new Error("client closed the connection")), complete.reject);
  try {
    using _timer = settings.clock.after(settings.creationTimeoutMs, () =>
      complete.reject(new Error("timed out waiting for client to create streams")),
    );
    await complete.promise;
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
  return streamsOf(opened, protocol, connection);
}

function expectedStreams(
  { stdin, stdout, stderr, tty }: RemoteCommandOptions,
  { resizes }: RemoteCommandProtocol,
): ReadonlySet<string> {
  const types = { error: true, stdin, stdout, stderr, resize: tty && resizes };
  return new Set(Object.entries(types).flatMap(([type, isExpected]) => (isExpected ? [type] : [])));
}

function streamsOf(
  opened: ReadonlyMap<string, SpdyStream>,
  protocol: RemoteCommandProtocol,
  connection: SpdyConnection,
): RemoteCommandStreams {
  const error = opened.get("error");
  if (error === undefined) throw new TypeError("The client has opened no error stream");
  const outputs = [error, opened.get("stdout"), opened.get("stderr")];
  // Nothing comes on these, but their end has to be read.
  for (const output of outputs) output?.resume();
  return {
    protocol,
    stdin: opened.get("stdin"),
    stdout: opened.get("stdout"),
    stderr: opened.get("stderr"),
    error,
    resize: opened.get("resize"),
    // Its clients have had a reply to every stream already.
    announce: () => Promise.resolve(),
    signal: connection.signal,
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}
