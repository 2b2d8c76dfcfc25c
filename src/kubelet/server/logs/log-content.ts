import type { LogLine } from "#container/runtime.ts";
import type { ContainerLogOptions } from "./log-options.ts";

const NEWLINE = 10;

/**
 * The bytes that a client gets to see of a log (kubernetes `cri-client/pkg/logs/logs.go`). Ends at the limit of bytes,
 * with a line cut short if need be.
 */
export async function* logContent(
  lines: AsyncIterable<LogLine>,
  {
    stream,
    timestamps,
    limitBytes = Number.POSITIVE_INFINITY,
  }: Pick<ContainerLogOptions, "stream" | "timestamps" | "limitBytes">,
): AsyncGenerator<Uint8Array, void, void> {
  let remaining = limitBytes;
  let isNewLine = true;
  for await (const line of lines) {
    const isWanted = stream === undefined || line.stream === stream;
    if (isWanted) {
      const content = timestamps && isNewLine ? withTimestamp(line) : line.content;
      yield content.length > remaining ? content.subarray(0, remaining) : content;
      remaining -= content.length;
      if (remaining <= 0) return;
    }
    // A long line comes in several parts.
    isNewLine = line.content.length === 0 || line.content.at(-1) === NEWLINE;
  }
}

function withTimestamp({ timestamp, content }: LogLine): Uint8Array {
  return Buffer.concat([Buffer.from(`${timestamp} `), content]);
}
