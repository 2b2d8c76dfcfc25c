import { expired, StatusError } from "#apimachinery/status-error.ts";
import type { Entry, StoreEvent } from "#store/store.ts";
import { StoreError } from "#store/store-error.ts";
import type { EncodedWatchEvent } from "../pipeline.ts";
import type { RecentEvents } from "../storage/recent-events.ts";
import { errorEvent, type ObjectWatchEvent } from "../storage/watch-event.ts";

/**
 * What one watcher sees of changes: an object that enters its selection is added, one that leaves it is deleted,
 * whatever happened to the object itself.
 */
export function toWatchEvents(
  changes: readonly StoreEvent[],
  events: RecentEvents,
  isSelected?: (entry: Entry) => boolean,
): readonly EncodedWatchEvent[] {
  if (isSelected === undefined) return events.ofBatch(changes, (change) => toWatchEvent(change, events));
  return changes
    .map((change) => toWatchEvent(change, events, isSelected))
    .filter((event) => event !== undefined);
}

function toWatchEvent(
  change: StoreEvent,
  events: RecentEvents,
  isSelected: (entry: Entry) => boolean = () => true,
): ObjectWatchEvent | undefined {
  const { previous } = change;
  const was = previous !== undefined && isSelected(previous) ? previous : undefined;
  if (change.type === "put" && isSelected(change.entry)) {
    return was === undefined ? events.added(change.entry) : events.modified(change.entry);
  }
  return was === undefined ? undefined : events.left(change, was);
}

/**
 * How a watch that fails is closed: with an ERROR event when its start is too old, and without a word when the reader
 * was too slow, the server stops or an object cannot be converted, after which clients just watch again, or list and
 * hear what is wrong. Throws what is none of these.
 */
export function toLastEvent(error: unknown, startRevision: number): EncodedWatchEvent | undefined {
  if (error instanceof StatusError) return undefined;
  if (!(error instanceof StoreError)) throw error;
  switch (error.detail.code) {
    case "compacted": {
      const oldest = error.detail.compactedRevision;
      return errorEvent(
        expired(`too old resource version: ${String(startRevision)} (${String(oldest)})`).status,
      );
    }
    case "slowWatcher":
    case "closed":
      return undefined;
    case "keyExists":
    case "conflict":
    case "futureRevision":
    case "diskFull":
    case "storageFailed":
    case "inUse":
    case "newerFormat":
    case "undecipherable":
      throw error;
  }
}
