import { safeEncode } from "./generated-name.ts";

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * A short name for the content of an object, such as `pod-template-hash`: FNV-1a over its canonical JSON. The
 * collision count of a Deployment goes in as upstream's `controller.ComputeHash` puts it in. Equal content gives
 * equal hashes; they differ from those of Kubernetes, which hashes Go's memory layout.
 */
export function hashObject(value: unknown, collisionCount?: number): string {
  let hash = fnv1a(FNV_OFFSET, new TextEncoder().encode(canonicalJson(value)));
  if (collisionCount !== undefined) hash = fnv1a(hash, collisionBytes(collisionCount));
  return safeEncode(String(hash));
}

/** JSON with sorted keys and without absent fields, so that equal values give equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

function fnv1a(seed: number, bytes: Uint8Array): number {
  let hash = seed;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return hash >>> 0;
}

/** Eight bytes of which the low four hold the number, least significant first. */
function collisionBytes(count: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setUint32(0, count, true);
  return bytes;
}
