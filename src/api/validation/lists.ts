/** True without items; Go's nil list, which is null in JSON, has none. */
export function isEmptyList(list: readonly unknown[] | null | undefined): boolean {
  return list === undefined || list === null || list.length === 0;
}
