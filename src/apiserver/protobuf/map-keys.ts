import { type JsonTape, TEXT } from "../storage/json-tape.ts";

/** The places of a map's keys, in the order in which Go writes the entries: that of their bytes. */
export function sortedKeys(tape: JsonTape, map: number): readonly number[] {
  const keys: number[] = [];
  const end = tape.next(map);
  for (let key = tape.first(map); key < end; key = tape.next(tape.next(key))) keys.push(key);
  return keys.length > 1 ? keys.sort((a, b) => compareTexts(tape, a, b)) : keys;
}

function compareTexts(tape: JsonTape, a: number, b: number): number {
  if (tape.kind(a) !== TEXT || tape.kind(b) !== TEXT) {
    return Buffer.compare(Buffer.from(tape.textOf(a)), Buffer.from(tape.textOf(b)));
  }
  const { text } = tape;
  const startA = tape.start(a);
  const startB = tape.start(b);
  const lengthA = tape.end(a) - startA;
  const lengthB = tape.end(b) - startB;
  for (let index = 0; index < lengthA && index < lengthB; index += 1) {
    const difference = (text[startA + index] ?? 0) - (text[startB + index] ?? 0);
    if (difference !== 0) return difference;
  }
  return lengthA - lengthB;
}
