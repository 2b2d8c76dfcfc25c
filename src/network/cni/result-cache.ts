import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "#observability/logger.ts";
import type { JsonObject, NetworkList } from "./network-list.ts";
import type { SandboxAttachment } from "./sandbox-attachment.ts";

/** What was asked of the plugins for one pod: all that it takes to take it back. */
export interface CachedAttachment {
  readonly podUid: string;
  readonly list: NetworkList;
  readonly attachment: SandboxAttachment;
  /** Says which namespace it was, since another one may get the path. */
  readonly namespaceIdentity: string;
  /** Absent until all plugins are done. */
  readonly result?: JsonObject;
}

/** Files being written; a crash leaves them behind. */
const TEMPORARY_SUFFIX = ".new";

/** The attachments of this node on disk, one file for each pod. */
export class ResultCache {
  readonly #directory: string;
  readonly #attachments: Map<string, CachedAttachment>;

  private constructor(directory: string, attachments: readonly CachedAttachment[]) {
    this.#directory = directory;
    this.#attachments = new Map(attachments.map((cached) => [cached.podUid, cached]));
  }

  /** Reads what an earlier process left. A file that cannot be understood is logged and left alone. */
  static async open(directory: string, logger: Logger): Promise<ResultCache> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const attachments: CachedAttachment[] = [];
    for (const name of await readdir(directory)) {
      if (name.endsWith(TEMPORARY_SUFFIX)) continue;
      try {
        attachments.push(JSON.parse(await readFile(join(directory, name), "utf8")) as CachedAttachment);
      } catch (error) {
        logger.error("Could not read how a pod is connected", { podUid: name, error });
      }
    }
    return new ResultCache(directory, attachments);
  }

  get podUids(): readonly string[] {
    return [...this.#attachments.keys()];
  }

  get(podUid: string): CachedAttachment | undefined {
    return this.#attachments.get(podUid);
  }

  /** The sandboxes that a network has connected, or has begun to. */
  containerIdsOf(network: string): readonly string[] {
    return [...this.#attachments.values()]
      .filter(({ list }) => list.name === network)
      .map(({ attachment }) => attachment.containerId);
  }

  async set(cached: CachedAttachment): Promise<void> {
    const path = this.#path(cached.podUid);
    await Bun.write(path + TEMPORARY_SUFFIX, JSON.stringify(cached), { mode: 0o600 });
    await rename(path + TEMPORARY_SUFFIX, path);
    this.#attachments.set(cached.podUid, cached);
  }

  async delete(podUid: string): Promise<void> {
    await rm(this.#path(podUid), { force: true });
    this.#attachments.delete(podUid);
  }

  #path(podUid: string): string {
    return join(this.#directory, podUid);
  }
}
