import { compareResourceVersions, isResourceVersion } from "#apimachinery/resource-version.ts";
import type { AnyKind } from "./action.ts";
import type { Informer } from "./informer.ts";
import type { Write } from "./writer.ts";

interface ClosedKey {
  unseen: readonly Write[];
  /** Somebody asked for the key while it was closed. */
  isWanted: boolean;
}

/**
 * Read your writes: a key that has written is closed until the caches show everything that it wrote. A plan is
 * therefore never made from a view that lacks the effects of the plan before, which would do the same things twice.
 * This is what upstream's controllers use expectations for, but it cannot miscount and needs no timeout: revisions
 * only grow, so a cache that follows the server gets there.
 */
export class WriteGate {
  readonly #informerOf: (kind: AnyKind) => Informer | undefined;
  readonly #release: (key: string) => void;
  readonly #closed = new Map<string, ClosedKey>();

  /** `release` is called once for every key that was asked for while it was closed, when it opens. */
  constructor(informerOf: (kind: AnyKind) => Informer | undefined, release: (key: string) => void) {
    this.#informerOf = informerOf;
    this.#release = release;
  }

  /** Closes the key until the caches show these writes. Kinds that are not watched cannot be stale. */
  close(key: string, writes: readonly Write[]): void {
    const unseen = writes.filter((write) => !this.#isSeen(write));
    if (unseen.length > 0) this.#closed.set(key, { unseen, isWanted: false });
  }

  /** True when the key may be worked on; otherwise it is remembered for `release`. */
  enter(key: string): boolean {
    const closed = this.#closed.get(key);
    if (closed === undefined) return true;
    closed.isWanted = true;
    return false;
  }

  /** Opens the keys whose writes have been seen; to be called whenever a cache has moved. */
  check(): void {
    for (const [key, closed] of this.#closed) {
      closed.unseen = closed.unseen.filter((write) => !this.#isSeen(write));
      if (closed.unseen.length > 0) continue;
      this.#closed.delete(key);
      if (closed.isWanted) this.#release(key);
    }
  }

  #isSeen(write: Write): boolean {
    const informer = this.#informerOf(write.type === "written" ? write.kind : write.target.kind);
    if (informer === undefined) return true;
    if (write.type === "written") return hasReached(informer, write.resourceVersion);
    const cached = informer.get(write.target.namespace, write.target.name);
    return cached?.metadata.uid !== write.uid || cached.metadata.deletionTimestamp !== undefined;
  }
}

function hasReached({ resourceVersion }: Informer, wanted: string): boolean {
  if (!isResourceVersion(resourceVersion)) return false;
  return !isResourceVersion(wanted) || compareResourceVersions(resourceVersion, wanted) >= 0;
}
