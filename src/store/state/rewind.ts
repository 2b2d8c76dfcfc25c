import type { Entry, ListOptions, StoreEvent } from "../store.ts";
import { keyOf } from "../store-event.ts";
import type { MemoryView, ViewListing } from "./memory-view.ts";

/**
 * The listing as it was before `later` happened, found by taking those events back. `later` holds, in order,
 * every event under the prefix between the revision that is asked for and the view's.
 */
export function rewind(
  view: MemoryView,
  prefix: string,
  later: readonly StoreEvent[],
  options: ListOptions = {},
): ViewListing {
  const { after, limit = Infinity } = options;
  const before = statesBefore(later, after);
  // As many more as there are changed keys, so that a full page is left when all of those were unchanged then.
  const current = view.list(prefix, { ...options, limit: limit + before.size });
  const changed = [...before.values()].filter((entry) => entry !== undefined);
  const entries = [...current.entries.filter((entry) => !before.has(entry.key)), ...changed].toSorted(byKey);
  const gone = [...before.keys()].filter((key) => view.get(key) !== undefined).length;
  const total = current.entries.length + current.remaining - gone + changed.length;
  const page = entries.slice(0, limit);
  return { entries: page, remaining: total - page.length };
}

/** What each changed key behind `after` held before its first change. */
function statesBefore(
  later: readonly StoreEvent[],
  after: string | undefined,
): Map<string, Entry | undefined> {
  const before = new Map<string, Entry | undefined>();
  for (const event of later) {
    const key = keyOf(event);
    if (!before.has(key) && (after === undefined || key > after)) before.set(key, event.previous);
  }
  return before;
}

function byKey(a: Entry, b: Entry): number {
  return a.key < b.key ? -1 : 1;
}
