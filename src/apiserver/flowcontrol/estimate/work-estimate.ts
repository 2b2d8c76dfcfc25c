import type { RequestInfo } from "../../front/request-info.ts";
import type { WorkEstimate } from "../fair-queuing/fair-request.ts";
import { type CollectionSize, listSeats } from "./list-seats.ts";
import { mutatingWork } from "./mutating-work.ts";

/** What the work of a request depends on. Sizes and counts are looked up for the requests that need them. */
export interface WorkInput {
  readonly info: RequestInfo;
  readonly query: URLSearchParams;
  /** The widest that a request of its priority level is taken to be. */
  readonly maxSeats: number;
  /** Undefined for what this server does not store. */
  readonly size: () => CollectionSize | undefined;
  /** How many watches will hear of the change. */
  readonly watchers: () => number;
}

const ONE_SEAT: WorkEstimate = { initialSeats: 1, finalSeats: 0, additionalLatencyMs: 0 };

/** How many seats a request takes for how long (apiserver `util/flowcontrol/request`). */
export function estimateWork({ info, query, maxSeats, size, watchers }: WorkInput): WorkEstimate {
  if (!info.isResourceRequest) return ONE_SEAT;
  switch (info.verb) {
    case "list":
    case "watch": {
      const initialSeats = listSeats({ verb: info.verb, query, maxSeats, size });
      return initialSeats === 1 ? ONE_SEAT : { ...ONE_SEAT, initialSeats };
    }
    case "create":
    case "update":
    case "patch":
    case "delete":
      return isUnwatched(info.target) ? ONE_SEAT : mutatingWork(watchers(), maxSeats);
    case "get":
    case "deletecollection":
    case "":
      return ONE_SEAT;
  }
}

/** A token is no change of its service account. */
function isUnwatched({
  resource,
  subresource,
}: {
  readonly resource: string;
  readonly subresource?: string;
}) {
  return resource === "serviceaccounts" && subresource === "token";
}
