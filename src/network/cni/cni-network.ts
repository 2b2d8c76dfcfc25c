import { stat } from "node:fs/promises";
import type { Logger } from "#observability/logger.ts";
import { PodNetworkError } from "../bridge/pod-network-error.ts";
import type { PodAddresses, PodAttachment, PodNetwork } from "../pod-network.ts";
import { PodTurns } from "../pod-turns.ts";
import { readNetworkList } from "./configuration-folder.ts";
import { hasAddresses } from "./has-addresses.ts";
import { isSince, type NetworkList } from "./network-list.ts";
import { Plugins } from "./plugins.ts";
import { resultAddresses } from "./result-addresses.ts";
import { type CachedAttachment, ResultCache } from "./result-cache.ts";
import { sandboxAttachment } from "./sandbox-attachment.ts";

export interface CniNetworkOptions {
  /** Where administrators, or the pods of a network, put the configuration. */
  readonly confDir: string;
  /** Where the plugins are. */
  readonly binDir: string;
  /** Where results are remembered; only this network writes there. */
  readonly stateDirectory: string;
  /** Path of the host's network namespace; the own one by default. */
  readonly namespace?: string | undefined;
  /** How long a plugin may take before it is ended. */
  readonly timeoutMs?: number;
}

/**
 * Pods that CNI plugins connect. The configuration is read anew for each pod, so that it can come and change at any time; a pod
 * is disconnected with the one that connected it.
 */
export class CniNetwork implements PodNetwork {
  readonly #confDir: string;
  readonly #plugins: Plugins;
  readonly #cache: ResultCache;
  readonly #logger: Logger;
  readonly #turns = new PodTurns();
  #podCIDRs: readonly string[] = [];
  /** What the plugins have said that they can carry out. */
  #valid: NetworkList | undefined;
  /** Whether plugins may have something of sandboxes that nobody has told them to free. */
  #mayHaveLeftovers = true;
  /** Nobody is connected meanwhile, whom plugins have not been told of. */
  #collecting = Promise.resolve();

  private constructor(options: CniNetworkOptions, cache: ResultCache, logger: Logger) {
    this.#confDir = options.confDir;
    this.#plugins = new Plugins({ ...options, folder: options.binDir });
    this.#cache = cache;
    this.#logger = logger;
  }

  /** Remembers the pods that an earlier process connected. */
  static async open(
    options: CniNetworkOptions,
    { logger }: { readonly logger: Logger },
  ): Promise<CniNetwork> {
    return new CniNetwork(options, await ResultCache.open(options.stateDirectory, logger), logger);
  }

  /** Leaves all pods connected. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turns.settled();
  }

  /** Tells the node's ranges to plugins that want to know (`ipRanges`); others have addresses of their own. */
  setPodCIDRs(podCIDRs: readonly string[]): Promise<void> {
    this.#podCIDRs = podCIDRs;
    return Promise.resolve();
  }

  async ready(): Promise<void> {
    const list = await this.#readList();
    try {
      await this.#plugins.status(list);
    } catch (error) {
      throw PodNetworkError.unavailable(error);
    }
  }

  async attach(pod: PodAttachment): Promise<PodAddresses> {
    await this.#collecting;
    return await this.#turns.take(pod.podUid, async () => {
      try {
        return { ips: (await this.#present(pod)) ?? (await this.#add(pod)) };
      } catch (error) {
        if (error instanceof PodNetworkError) throw error;
        throw PodNetworkError.failed(`connect pod "${pod.podNamespace}/${pod.podName}"`, error);
      }
    });
  }

  detach(podUid: string): Promise<void> {
    return this.#turns.take(podUid, async () => {
      try {
        await this.#delete(podUid);
      } catch (error) {
        throw PodNetworkError.failed("disconnect a pod", error);
      }
    });
  }

  async collect(podUids: ReadonlySet<string>): Promise<void> {
    for (const podUid of this.#cache.podUids) if (!podUids.has(podUid)) await this.detach(podUid);
    if (!this.#mayHaveLeftovers) return;
    this.#mayHaveLeftovers = false;
    this.#collecting = this.#collectLeftovers();
    await this.#collecting;
  }

  /** What a crash, or a plugin that failed, has left: plugins know of sandboxes that nobody here does. */
  async #collectLeftovers(): Promise<void> {
    await this.#turns.settled();
    const list = await readNetworkList(this.#confDir).catch(() => undefined);
    if (list === undefined || list.disableGC) return;
    const containerIds = this.#cache.containerIdsOf(list.name);
    await this.#plugins
      .collect(list, containerIds)
      .catch((error: unknown) => this.#logger.warn("Plugins could not free what nobody has", { error }));
  }

  /** The addresses of a sandbox that is connected as its plugins want it. */
  async #present({ podUid, sandboxId }: PodAttachment): Promise<readonly string[] | undefined> {
    const cached = this.#cache.get(podUid);
    if (cached?.result === undefined || cached.attachment.containerId !== sandboxId) return undefined;
    const { list, attachment, result } = cached;
    const ips = resultAddresses(result);
    if (list.disableCheck || !isSince(list, "0.4.0")) return ips;
    try {
      await this.#plugins.check(list, attachment, result);
      return ips;
    } catch (error) {
      // Some plugins fail whenever they are asked, such as bandwidth about a pod without limits.
      if (hasAddresses(attachment.netns, ips)) {
        this.#logger.warn("Left a pod as it is of which plugins say that it has lost something", {
          podUid,
          error,
        });
        return ips;
      }
      this.#logger.warn("Connected a pod anew that had lost something", { podUid, error });
      return undefined;
    }
  }

  async #add(pod: PodAttachment): Promise<readonly string[]> {
    const { podUid, networkNamespace } = pod;
    await this.#delete(podUid);
    const cached: CachedAttachment = {
      podUid,
      list: await this.#readList(),
      attachment: sandboxAttachment(pod, this.#podCIDRs),
      namespaceIdentity: await identityOf(networkNamespace),
    };
    // Written first: what a crash interrupts must be taken back.
    await this.#cache.set(cached);
    try {
      const result = await this.#plugins.add(cached.list, cached.attachment);
      const ips = resultAddresses(result);
      if (ips.length === 0) throw new RangeError("the plugins gave it no address");
      await this.#cache.set({ ...cached, result });
      return ips;
    } catch (error) {
      this.#mayHaveLeftovers = true;
      await this.#delete(podUid).catch((second: unknown) =>
        this.#logger.warn("Could not take back what plugins had done", { podUid, error: second }),
      );
      throw error;
    }
  }

  async #delete(podUid: string): Promise<void> {
    const cached = this.#cache.get(podUid);
    if (cached === undefined) return;
    const { list, attachment, namespaceIdentity, result } = cached;
    const isThere = (await identityOf(attachment.netns)) === namespaceIdentity;
    const remaining = isThere ? attachment : { ...attachment, netns: "" };
    await this.#plugins.delete(list, remaining, isSince(list, "0.4.0") ? result : undefined);
    await this.#cache.delete(podUid);
  }

  async #readList(): Promise<NetworkList> {
    const list = await readNetworkList(this.#confDir);
    if (Bun.deepEquals(list, this.#valid)) return list;
    try {
      await this.#plugins.validate(list);
    } catch (error) {
      throw PodNetworkError.uninitialized(error instanceof Error ? error.message : String(error));
    }
    this.#valid = list;
    return list;
  }
}

/** Tells namespaces apart; the path of a process that ended may become that of another one. */
async function identityOf(networkNamespace: string): Promise<string> {
  const found = await stat(networkNamespace).catch(() => undefined);
  return found === undefined ? "" : `${String(found.dev)}:${String(found.ino)}`;
}
