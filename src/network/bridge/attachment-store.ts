import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import type { Logger } from "#observability/logger.ts";
import type { HostPort } from "../pod-network.ts";

/** What is remembered about a pod that is connected, or was when the process ended. */
export interface Attachment {
  /** One of each family that the node has a range of, the primary one first. */
  readonly addresses: readonly string[];
  readonly podUid: string;
  readonly podNamespace: string;
  readonly podName: string;
  /** Path of the pod's network namespace; empty where nobody knows it. */
  readonly networkNamespace: string;
  readonly hostPorts: readonly HostPort[];
}

/** One address of a pod. */
export interface StoredAddress extends Omit<Attachment, "addresses"> {
  readonly address: string;
}

/** Holds the node's last known pod CIDRs, so that the network works before the API server answers. */
const POD_CIDR_FILE = "pod-cidr";

/** Files being written; a crash leaves them behind. */
const TEMPORARY_SUFFIX = ".new";

/**
 * The attachments of this node on disk, one file for each address and named by it: two pods can never have the same
 * file. A file is complete or absent, also after power loss: it is written under another name, synced and renamed.
 */
export class AttachmentStore {
  readonly #directory: string;
  readonly #logger: Logger;

  constructor(directory: string, logger: Logger) {
    this.#directory = directory;
    this.#logger = logger;
  }

  /**
   * All attachments. A file that cannot be understood is logged and comes with an empty pod uid: whose address it
   * is must be found out before it is given out again.
   */
  async load(): Promise<readonly StoredAddress[]> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const attachments: StoredAddress[] = [];
    for (const name of await readdir(this.#directory)) {
      if (name.endsWith(TEMPORARY_SUFFIX)) await rm(this.#path(name), { force: true });
      else if (isIP(name) !== 0) attachments.push(await this.#read(name));
    }
    return attachments;
  }

  async save({ addresses, ...rest }: Attachment): Promise<void> {
    for (const address of addresses) await this.#write(address, JSON.stringify(rest));
  }

  async delete(addresses: readonly string[]): Promise<void> {
    for (const address of addresses) await rm(this.#path(address), { force: true });
    await this.#syncDirectory();
  }

  async loadPodCIDRs(): Promise<readonly string[]> {
    try {
      return (await readFile(this.#path(POD_CIDR_FILE), "utf8")).trim().split(",");
    } catch {
      // There is none before the node is registered for the first time.
      return [];
    }
  }

  async savePodCIDRs(podCIDRs: readonly string[]): Promise<void> {
    await this.#write(POD_CIDR_FILE, podCIDRs.join(","));
  }

  /** Forgets everything. */
  async clear(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #read(address: string): Promise<StoredAddress> {
    try {
      const content: unknown = JSON.parse(await readFile(this.#path(address), "utf8"));
      if (isAttachment(content)) return { networkNamespace: "", ...content, address };
      throw new SyntaxError("The file is not an attachment");
    } catch (error) {
      this.#logger.error("Could not read whose address it is", { address, error });
      return { address, podUid: "", podNamespace: "", podName: "", networkNamespace: "", hostPorts: [] };
    }
  }

  async #write(name: string, content: string): Promise<void> {
    const temporary = this.#path(name + TEMPORARY_SUFFIX);
    const file = await open(temporary, "w", 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.#path(name));
    await this.#syncDirectory();
  }

  /** Makes a new or deleted name survive power loss. */
  async #syncDirectory(): Promise<void> {
    const directory = await open(this.#directory, "r");
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}

function isAttachment(content: unknown): content is Omit<Attachment, "addresses" | "networkNamespace"> {
  if (typeof content !== "object" || content === null) return false;
  const { podUid, podNamespace, podName, networkNamespace, hostPorts } = content as Readonly<
    Record<string, unknown>
  >;
  const texts = [podUid, podNamespace, podName, networkNamespace ?? "unknown"];
  return texts.every((text) => typeof text === "string" && text !== "") && Array.isArray(hostPorts);
}
