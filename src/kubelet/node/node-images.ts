import type { Clock } from "#base/clock.ts";
import type { ContainerRuntime, ImageStatus } from "#container/runtime.ts";
import type { Logger } from "#observability/logger.ts";

export interface NodeImagesDependencies {
  readonly runtime: Pick<ContainerRuntime, "listImages">;
  readonly clock: Clock;
  readonly logger: Logger;
}

const FRESH_MS = 30_000;
/** The node's status does not wait longer for a runtime that hangs. */
const PATIENCE_MS = 1000;

/** The images that the runtime has; the last list stands while it does not answer. */
export class NodeImages {
  readonly #dependencies: NodeImagesDependencies;
  #images: readonly ImageStatus[] = [];
  #listedAt: number | undefined;
  #listing: Promise<void> | undefined;

  constructor(dependencies: NodeImagesDependencies) {
    this.#dependencies = dependencies;
  }

  async list(): Promise<readonly ImageStatus[]> {
    const { clock } = this.#dependencies;
    const isFresh = this.#listedAt !== undefined && clock.now() - this.#listedAt < FRESH_MS;
    if (isFresh) return this.#images;
    this.#listing ??= this.#refresh();
    const { promise: tooLate, resolve } = Promise.withResolvers<void>();
    using _ = clock.after(PATIENCE_MS, resolve);
    await Promise.race([this.#listing, tooLate]);
    return this.#images;
  }

  async #refresh(): Promise<void> {
    const { runtime, clock, logger } = this.#dependencies;
    try {
      this.#images = await runtime.listImages();
      this.#listedAt = clock.now();
    } catch (error) {
      logger.debug("Could not list images", { error });
    } finally {
      this.#listing = undefined;
    }
  }
}
