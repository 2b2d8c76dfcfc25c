import { parseFieldSelector, requiredFieldValue } from "#apimachinery/selectors/field-selector.ts";
import { SelectorError } from "#apimachinery/selectors/selector-error.ts";
import { parseBoolean } from "../../front/query-values.ts";

/** What is stored of a resource. */
export interface CollectionSize {
  readonly count: number;
  readonly averageBytes: number;
}

export interface ListWorkInput {
  readonly verb: "list" | "watch";
  readonly query: URLSearchParams;
  readonly maxSeats: number;
  readonly size: () => CollectionSize | undefined;
}

/** Memory that one seat stands for. */
const BYTES_PER_SEAT = 100_000;

/** More is not held at once of a list of the newest state, however long it is. */
const MAX_BYTES_AT_ONCE = 1_000_000;

/** No list is taken to be wider. */
const MAX_LIST_SEATS = 100;

/** How many seats a list takes, or the first events of a watch (`list_work_estimator.go`, by size of objects). */
export function listSeats({ verb, query, maxSeats, size }: ListWorkInput): number {
  const most = Math.min(maxSeats, MAX_LIST_SEATS);
  const limit = Number(query.get("limit") ?? 0);
  // A request that is bound to be refused is not worth a closer look.
  if (!Number.isInteger(limit)) return most;
  if (verb === "watch" && !hasInitialEvents(query)) return 1;
  const stored = size();
  if (stored === undefined) return 1;
  const isNewest = verb === "watch" || !readsPast(query);
  const bytes = objectsAtOnce(query, limit, stored.count, isNewest) * stored.averageBytes;
  const seats = Math.ceil((isNewest ? Math.min(bytes, MAX_BYTES_AT_ONCE) : bytes) / BYTES_PER_SEAT);
  return Math.max(1, Math.min(seats, most));
}

function objectsAtOnce(query: URLSearchParams, limit: number, count: number, isNewest: boolean): number {
  if (namesOne(query)) return 1;
  const limited = limit > 0 ? Math.min(limit, count) : count;
  const isSelected = hasValue(query, "fieldSelector") || hasValue(query, "labelSelector");
  return isSelected && !isNewest ? Math.max(limited, Math.floor(count / 2)) : limited;
}

function hasInitialEvents(query: URLSearchParams): boolean {
  const revision = query.get("resourceVersion") ?? "";
  return parseBoolean(query.get("sendInitialEvents")) === true || revision === "" || revision === "0";
}

/** Whether a list needs another state than the newest, which is in memory. */
function readsPast(query: URLSearchParams): boolean {
  const match = query.get("resourceVersionMatch") ?? "";
  if (match !== "") return match !== "NotOlderThan";
  if (hasValue(query, "continue")) return true;
  const revision = query.get("resourceVersion") ?? "";
  return revision !== "" && revision !== "0" && Number(query.get("limit") ?? 0) > 0;
}

/** A field selector may name the only object that is wanted. */
function namesOne(query: URLSearchParams): boolean {
  const selector = query.get("fieldSelector") ?? "";
  if (!selector.includes("metadata.name")) return false;
  try {
    return requiredFieldValue(parseFieldSelector(selector), "metadata.name") !== undefined;
  } catch (error) {
    if (error instanceof SelectorError) return false;
    throw error;
  }
}

function hasValue(query: URLSearchParams, name: string): boolean {
  return (query.get(name) ?? "") !== "";
}
