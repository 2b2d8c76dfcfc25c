/** The value with its long whole numbers as JavaScript would have them. */
export function numbersOf(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(numbersOf);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, numbersOf(each)]));
}

/** Whether another decoder has found nothing that JSON does not have. */
export function isPlainJson(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isPlainJson);
  if (typeof value !== "object" || value === null) return value !== undefined && typeof value !== "symbol";
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isPlainJson);
}
