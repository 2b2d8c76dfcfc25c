/** True for a resourceVersion that names one revision: a positive decimal number without leading zeros. */
export function isResourceVersion(text: string): boolean {
  return /^[1-9]\d*$/.test(text);
}

/**
 * Orders two resourceVersions of one cluster, whatever their number of digits (apimachinery
 * `pkg/util/resourceversion`). Throws a RangeError for a text that names no revision.
 */
export function compareResourceVersions(a: string, b: string): number {
  for (const text of [a, b]) {
    if (!isResourceVersion(text)) throw new RangeError(`resource version is not well formed: ${text}`);
  }
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : Number(a > b);
}
