/** A copy of an object without some of its properties. */
export function omit<T extends object, K extends keyof T>(object: T, ...keys: readonly K[]): Omit<T, K> {
  const copy: Partial<T> = { ...object };
  for (const key of keys) delete copy[key];
  // The properties that are left are those of Omit, which the compiler cannot follow through `delete`.
  return copy as Omit<T, K>;
}
