import { parseFieldSelector, requiredFieldValue } from "#apimachinery/selectors/field-selector.ts";
import { SelectorError } from "#apimachinery/selectors/selector-error.ts";
import { onDispose } from "#base/disposable.ts";
import { namespaceOf } from "../../authorization/authorize-request.ts";
import type { ResourceRequestInfo } from "../../front/request-info.ts";

type Place = ResourceRequestInfo["target"];

/** Counts watches by what they are of, for the cost of the events that writes make (`watch_tracker.go`). */
export class WatchCounts {
  readonly #counts = new Map<string, number>();

  /** Counts a watch until the result is disposed. */
  add(place: Place, query: URLSearchParams): Disposable {
    if (isOfOneNode(place, query)) return onDispose(() => undefined);
    const key = keyOf(place, namespaceOf(place), place.name);
    this.#change(key, 1);
    return onDispose(() => this.#change(key, -1));
  }

  /** How many watches may hear of a change of an object there. */
  of(place: Place): number {
    const namespace = namespaceOf(place);
    let count = this.#counts.get(keyOf(place)) ?? 0;
    if (namespace !== "") count += this.#counts.get(keyOf(place, namespace)) ?? 0;
    if (place.name !== undefined) count += this.#counts.get(keyOf(place, namespace, place.name)) ?? 0;
    return count;
  }

  #change(key: string, by: number): void {
    const count = (this.#counts.get(key) ?? 0) + by;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }
}

function keyOf({ group, resource }: Place, namespace = "", name = ""): string {
  return `${group}/${resource}/${namespace}/${name}`;
}

/** Kubelets watch the pods of their own node: of a change of one pod only one of them hears. */
function isOfOneNode({ resource }: Place, query: URLSearchParams): boolean {
  const selector = query.get("fieldSelector") ?? "";
  if (resource !== "pods" || !selector.includes("spec.nodeName")) return false;
  try {
    return (requiredFieldValue(parseFieldSelector(selector), "spec.nodeName") ?? "") !== "";
  } catch (error) {
    if (error instanceof SelectorError) return false;
    throw error;
  }
}
