import { mkdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { readIfPresent, writeDurably } from "#pki/durable-files.ts";

/** The servers that were known last, so that an agent starts again while the one that it was given is away. */
export class ServerListFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Undefined when there is no list, or none that can be read. */
  async read(): Promise<readonly string[] | undefined> {
    const text = await readIfPresent(this.#path);
    return text === undefined ? undefined : parseServerList(text);
  }

  /** All of it is on disk when the promise resolves. */
  async write(servers: readonly string[]): Promise<void> {
    const directory = dirname(this.#path);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeDurably(directory, [{ name: basename(this.#path), content: formatServerList(servers) }]);
  }
}

export function formatServerList(servers: readonly string[]): string {
  return `${JSON.stringify({ servers })}\n`;
}

/** Undefined for what is no list of servers. */
export function parseServerList(text: string): readonly string[] | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // A file that somebody has damaged is as good as none: the list comes anew.
    return undefined;
  }
  const servers = (document as { readonly servers?: unknown } | null)?.servers;
  const isList = Array.isArray(servers) && servers.length > 0 && servers.every(isAddress);
  return isList ? servers : undefined;
}

function isAddress(value: unknown): value is string {
  return typeof value === "string" && /^(\[[\da-fA-F:.]+\]|[^\s:/[\]]+):\d{1,5}$/.test(value);
}
