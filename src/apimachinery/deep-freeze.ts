/**
 * Freezes a plain JSON value and everything in it, and returns it. What is frozen already is taken to be frozen
 * throughout, so that sharing parts of a frozen object costs nothing.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const each of Object.values(value)) deepFreeze(each);
  }
  return value;
}
