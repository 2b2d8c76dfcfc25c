import type { LogLine, LogOptions } from "../runtime.ts";

/**
 * Follows a log to its end. The engine ends a followed log as soon as the container exits, and what was printed last
 * is then often missing (moby `daemon/logger/loggerutils`, seen with 20.10), so that the rest is read once more.
 */
export async function* followLogs(
  read: (page: LogOptions) => AsyncIterable<LogLine>,
  options: LogOptions,
): AsyncGenerator<LogLine, void, void> {
  let last: LogLine | undefined;
  for await (const line of read(options)) {
    yield line;
    last = line;
  }
  if (options.signal.aborted) return;
  const rest: LogOptions =
    last === undefined
      ? { ...options, follow: false }
      : { follow: false, since: Date.parse(last.timestamp), signal: options.signal };
  for await (const line of read(rest)) {
    if (last === undefined || line.timestamp > last.timestamp) yield line;
  }
}
