/**
 * The value of a key in a map whose keys users choose. Plain indexing would find what every object inherits for keys
 * such as `constructor`.
 */
export function ownValue<V>(map: Readonly<Record<string, V>> | null | undefined, key: string): V | undefined {
  return map !== undefined && map !== null && Object.hasOwn(map, key) ? map[key] : undefined;
}
