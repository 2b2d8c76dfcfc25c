/**
 * Filling in defaults without copying what is complete already: every function returns the very object or list
 * that it was given when there is nothing to set, so that defaulting a stored object costs no allocation.
 */

/** Sets fields that are absent, as Go does for pointers. */
export function fillAbsent<T extends object>(object: T, defaults: Partial<T>): T {
  return fill(object, defaults, (value) => value === undefined || value === null);
}

/** Sets fields that are absent or have their zero value, as Go does for plain strings and numbers. */
export function fillZero<T extends object>(object: T, defaults: Partial<T>): T {
  return fill(
    object,
    defaults,
    (value) => value === undefined || value === null || value === "" || value === 0,
  );
}

/** As `fillZero` for an object in a field, which is made where it is absent. */
export function fillField<T extends object, K extends keyof T>(
  object: T,
  field: K,
  defaults: Partial<NonNullable<T[K]>> & object,
): T {
  const value = (object[field] ?? {}) as NonNullable<T[K]> & object;
  const filled = fillZero(value, defaults as Partial<typeof value>);
  return filled === object[field] ? object : { ...object, [field]: filled };
}

/** Changes one field where it is present. */
export function mapField<T extends object, K extends keyof T>(
  object: T,
  field: K,
  change: (value: NonNullable<T[K]>) => NonNullable<T[K]>,
): T {
  const value = object[field];
  if (value === undefined || value === null) return object;
  const changed = change(value);
  return changed === value ? object : { ...object, [field]: changed };
}

/** Changes every element of a list. */
export function mapList<T>(list: readonly T[], change: (item: T) => T): readonly T[] {
  let changed: T[] | undefined;
  for (const [index, item] of list.entries()) {
    const next = change(item);
    if (next !== item) changed ??= list.slice();
    if (changed !== undefined) changed[index] = next;
  }
  return changed ?? list;
}

/** The entries of `defaults` whose keys a map lacks, added to it. */
export function fillEntries<V>(
  map: Readonly<Record<string, V>> | undefined,
  defaults: Readonly<Record<string, V>> | undefined,
): Readonly<Record<string, V>> | undefined {
  if (defaults === undefined) return map;
  const missing = Object.entries(defaults).filter(([key]) => map === undefined || !Object.hasOwn(map, key));
  return missing.length === 0 ? map : { ...map, ...Object.fromEntries(missing) };
}

function fill<T extends object>(object: T, defaults: Partial<T>, isUnset: (value: unknown) => boolean): T {
  let filled: T | undefined;
  for (const field in defaults) {
    if (!isUnset(object[field])) continue;
    filled ??= { ...object };
    Object.assign(filled, { [field]: defaults[field] });
  }
  return filled ?? object;
}
