/** True without items; Go's nil list, which is null in JSON, has none. */
export function isEmptyList(list: readonly unknown[] | null | undefined): boolean {
  return list === undefined || list === null || list.length === 0;
}

/** True without entries, absence and null included. */
export function isEmptyMap(map: Readonly<Record<string, unknown>> | null | undefined): boolean {
  for (const _ in map) return false;
  return true;
}

/** A map as messages print it: in the order of its keys. */
export function sortedMap<T>(map: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** A check to be asked once for each value in turn: true for a value that has been asked for before. */
export function repetitions(): (value: string) => boolean {
  const seen = new Set<string>();
  return (value) => {
    if (seen.has(value)) return true;
    seen.add(value);
    return false;
  };
}
