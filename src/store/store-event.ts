import type { StoreEvent } from "./store.ts";

export type PutEvent = Extract<StoreEvent, { readonly type: "put" }>;

export type DeleteEvent = Extract<StoreEvent, { readonly type: "delete" }>;

export function revisionOf(event: StoreEvent): number {
  return event.type === "put" ? event.entry.revision : event.revision;
}

export function keyOf(event: StoreEvent): string {
  return event.type === "put" ? event.entry.key : event.key;
}
