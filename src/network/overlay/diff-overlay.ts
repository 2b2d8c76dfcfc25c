import type { ForwardingEntry, Neighbour } from "../netlink/route/neighbour.ts";
import type { Route } from "../netlink/route/route.ts";
import type { RouteSocket } from "../netlink/route/route-socket.ts";
import type { OverlayState } from "./plan-overlay.ts";

/** One step towards what the kernel must have. */
export type OverlayChange =
  | { readonly type: "addRoute" | "replaceRoute" | "deleteRoute"; readonly value: Route }
  | { readonly type: "setNeighbour" | "deleteNeighbour"; readonly value: Neighbour }
  | { readonly type: "setForwardingEntry" | "deleteForwardingEntry"; readonly value: ForwardingEntry };

/**
 * What to change, in an order in which no route leads to a neighbour that is not yet or no longer known. `present` holds
 * nothing but what is ours.
 */
export function diffOverlay(present: OverlayState, wanted: OverlayState): readonly OverlayChange[] {
  const entries = compare(present.forwardingEntries, wanted.forwardingEntries, (each) => each.linkAddress);
  const neighbours = compare(present.neighbours, wanted.neighbours, (each) => each.address);
  const routes = compare(present.routes, wanted.routes, (each) => each.destination);
  return [
    ...[...entries.added, ...entries.changed].map(typed("setForwardingEntry")),
    ...[...neighbours.added, ...neighbours.changed].map(typed("setNeighbour")),
    ...routes.added.map(typed("addRoute")),
    ...routes.changed.map(typed("replaceRoute")),
    ...routes.removed.map(typed("deleteRoute")),
    ...neighbours.removed.map(typed("deleteNeighbour")),
    ...entries.removed.map(typed("deleteForwardingEntry")),
  ];
}

/** Performs one step. Throws a NetlinkError when the kernel refuses. */
export function applyOverlayChange(routes: RouteSocket, change: OverlayChange): void {
  switch (change.type) {
    case "addRoute":
      return routes.addRoute(change.value);
    case "replaceRoute":
      return routes.setRoute(change.value);
    case "deleteRoute":
      return routes.deleteRoute(change.value);
    case "setNeighbour":
      return routes.setNeighbour(change.value);
    case "deleteNeighbour":
      return routes.deleteNeighbour(change.value);
    case "setForwardingEntry":
      return routes.setForwardingEntry(change.value);
    case "deleteForwardingEntry":
      return routes.deleteForwardingEntry(change.value);
  }
}

interface Comparison<T> {
  readonly added: readonly T[];
  readonly changed: readonly T[];
  readonly removed: readonly T[];
}

/** Of two objects with one key the kernel has the later one. */
function compare<T>(present: readonly T[], wanted: readonly T[], keyOf: (value: T) => string): Comparison<T> {
  const before = new Map(present.map((value) => [keyOf(value), value]));
  const after = new Map(wanted.map((value) => [keyOf(value), value]));
  const values = [...after.values()];
  return {
    added: values.filter((value) => !before.has(keyOf(value))),
    changed: values.filter((value) => {
      const other = before.get(keyOf(value));
      return other !== undefined && !Bun.deepEquals(value, other);
    }),
    removed: [...before.values()].filter((value) => !after.has(keyOf(value))),
  };
}

function typed<Type extends string>(type: Type): <T>(value: T) => { readonly type: Type; readonly value: T } {
  return (value) => ({ type, value });
}
