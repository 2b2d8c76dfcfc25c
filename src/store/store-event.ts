import type { StoreEvent } from "./store.ts";

export function revisionOf(event: StoreEvent): number {
  return event.type === "put" ? event.entry.revision : event.revision;
}

export function keyOf(event: StoreEvent): string {
  return event.type === "put" ? event.entry.key : event.key;
}
