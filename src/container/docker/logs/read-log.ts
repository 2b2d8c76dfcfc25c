import type { LogLine, LogOptions } from "../../runtime.ts";
import { LogChanges } from "./log-changes.ts";
import { LogFiles } from "./log-files.ts";
import { parseRecord } from "./log-record.ts";

/**
 * Reads the log that the engine's driver `json-file` writes, from its files, as a kubelet does: the engine's own
 * following leaves out whole files when its client is slow (moby `daemon/logger/loggerutils/follow.go`). `ended`
 * is asked for when the log is followed, and resolves when nothing more will be written; it never rejects.
 */
export async function* readLog(
  path: string,
  { follow, tailLines, since, signal }: LogOptions,
  ended: () => Promise<void>,
): AsyncGenerator<LogLine, void, void> {
  const earliest = since === undefined ? "" : new Date(since).toISOString().replace("Z", "000000Z");
  await using files = await LogFiles.open(path, tailLines);
  for await (const record of follow
    ? followed(files, path, ended(), signal)
    : files.records(await files.end())) {
    const line = parseRecord(record);
    if (line !== undefined && line.timestamp >= earliest) yield line;
    if (signal.aborted) return;
  }
}

async function* followed(
  files: LogFiles,
  path: string,
  ended: Promise<void>,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, void> {
  using changes = new LogChanges(path, ended, signal);
  for (;;) {
    const { isOver } = changes;
    yield* files.records();
    if (isOver) return;
    await changes.next();
  }
}
