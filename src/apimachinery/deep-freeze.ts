/**
 * Freezes a plain JSON value and everything in it, and returns it. What is frozen already is taken to be frozen
 * throughout, so that sharing parts of a frozen object costs nothing.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) freezeAll(value);
  return value;
}

/** Every object that is stored comes along here, so no list of its values is made. */
function freezeAll(value: object): void {
  Object.freeze(value);
  if (Array.isArray(value)) for (const each of value) deepFreeze(each);
  else for (const name in value) deepFreeze(value[name as keyof typeof value]);
}
