import type { Entry, StoreEvent } from "#store/store.ts";
import type { EncodedWatchEvent } from "../pipeline.ts";
import type { RecentEvents } from "../storage/recent-events.ts";

/**
 * What one watcher sees of a change: an object that enters its selection is added, one that leaves it is deleted,
 * whatever happened to the object itself. Undefined when it was and is not selected.
 */
export function toWatchEvent(
  change: StoreEvent,
  events: RecentEvents,
  isSelected: (entry: Entry) => boolean,
): EncodedWatchEvent | undefined {
  const { previous } = change;
  const was = previous !== undefined && isSelected(previous) ? previous : undefined;
  if (change.type === "put" && isSelected(change.entry)) {
    return was === undefined ? events.added(change.entry) : events.modified(change.entry);
  }
  return was === undefined ? undefined : events.left(change, was);
}
