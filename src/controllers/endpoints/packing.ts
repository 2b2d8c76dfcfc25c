import type { Endpoint, EndpointSlice } from "#api/generated/discovery-v1.ts";
import { endpointKey, endpointsIn, isSameEndpoint } from "./slices.ts";

/** How the endpoints of one set of ports are spread over slices. */
export interface Packing {
  /** Slices with the endpoints that they should have; none says that the slice should go. */
  readonly slices: readonly {
    readonly slice: EndpointSlice;
    readonly endpoints: readonly Endpoint[];
    readonly isChanged: boolean;
  }[];
  /** The endpoints of slices that are yet to be created. */
  readonly create: readonly (readonly Endpoint[])[];
}

interface Place {
  readonly slice: EndpointSlice;
  endpoints: Endpoint[];
  isChanged: boolean;
}

/**
 * Spreads the wanted endpoints with few writes rather than into few slices (upstream `reconcileByPortMapping`):
 * what is in a slice stays there; what is new goes into slices that have to be written anyway, then all of it into
 * one slice with room, and else into new slices.
 */
export function pack(
  slices: readonly EndpointSlice[],
  wanted: readonly Endpoint[],
  options: { readonly maxPerSlice: number; readonly isOutdated: (slice: EndpointSlice) => boolean },
): Packing {
  const missing = new Map(wanted.map((endpoint) => [endpointKey(endpoint), endpoint]));
  const places = slices.map((slice) => keepWanted(slice, missing, options.isOutdated(slice)));
  const left = [...missing.values()];
  const changed = places.filter(({ isChanged, endpoints }) => isChanged && endpoints.length > 0);
  for (const place of changed.toSorted((a, b) => b.endpoints.length - a.endpoints.length)) {
    place.endpoints.push(...left.splice(0, Math.max(0, options.maxPerSlice - place.endpoints.length)));
  }
  return { slices: places, create: placeRest(left, places, options.maxPerSlice) };
}

/** Takes the slice's endpoints out of `missing`, in their wanted form. */
function keepWanted(slice: EndpointSlice, missing: Map<string, Endpoint>, isOutdated: boolean): Place {
  const present = endpointsIn(slice);
  const endpoints: Endpoint[] = [];
  let isChanged = isOutdated;
  for (const endpoint of present) {
    const key = endpointKey(endpoint);
    const wanted = missing.get(key);
    missing.delete(key);
    if (wanted === undefined || !isSameEndpoint(wanted, endpoint)) isChanged = true;
    if (wanted !== undefined) endpoints.push(wanted);
  }
  return { slice, endpoints, isChanged };
}

function placeRest(
  left: Endpoint[],
  places: readonly Place[],
  maxPerSlice: number,
): readonly (readonly Endpoint[])[] {
  const create: Endpoint[][] = [];
  while (left.length > 0) {
    const place = left.length < maxPerSlice ? roomiest(places, left.length, maxPerSlice) : undefined;
    if (place === undefined) {
      create.push(left.splice(0, maxPerSlice));
    } else {
      place.isChanged = true;
      place.endpoints.push(...left.splice(0));
    }
  }
  return create;
}

/** The untouched slice that would be fullest with `count` more endpoints. */
function roomiest(places: readonly Place[], count: number, maxPerSlice: number): Place | undefined {
  return places
    .filter(({ isChanged, endpoints }) => !isChanged && endpoints.length + count <= maxPerSlice)
    .toSorted((a, b) => b.endpoints.length - a.endpoints.length)[0];
}
