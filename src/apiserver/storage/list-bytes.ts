import type { KubeList } from "#apimachinery/meta.ts";
import type { Entry } from "#store/store.ts";
import { type ObjectPart, objectLength, writeObject } from "./encoded-object.ts";

const COMMA = 0x2c;

/** The JSON of a list, joined from the stored bytes of its items. Nothing of them is parsed. */
export function listBytes(
  head: Omit<KubeList, "items">,
  entries: readonly Entry[],
  part: ObjectPart,
): Buffer {
  const start = `${JSON.stringify(head).slice(0, -1)},"items":[`;
  const end = "]}";
  const startLength = Buffer.byteLength(start);
  const commas = Math.max(0, entries.length - 1);
  const itemsLength = entries.reduce(
    (sum, { value, revision }) => sum + objectLength(value, revision, part),
    0,
  );
  const bytes = Buffer.allocUnsafe(startLength + itemsLength + commas + end.length);
  let offset = bytes.write(start, 0);
  for (const [index, entry] of entries.entries()) {
    if (index > 0) {
      bytes[offset] = COMMA;
      offset += 1;
    }
    offset = writeObject(bytes, offset, entry, part);
  }
  bytes.write(end, offset);
  return bytes;
}
