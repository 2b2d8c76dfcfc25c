import { cloneJson, isJsonObject, setField } from "#apimachinery/json-value.ts";
import type { Chance } from "./chance.ts";

/** Values that JSON decoders stumble over. */
const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e300,
  2 ** 31,
  2 ** 53,
  "",
  "a",
  "*",
  "1",
  "\0",
  "\ud800",
  "é\u{10348}",
  "2020-01-01T00:00:00Z",
  [],
  {},
  [null],
  [[]],
  [{}],
  { a: null },
];

/** Keys that objects inherit, or that mean something to patches and schemas. */
const KEYS = [
  "",
  "a",
  "__proto__",
  "constructor",
  "toString",
  "name",
  "kind",
  "metadata",
  "spec",
  "$patch",
  "*",
  "/",
];

/** Where a value is: in `parent`, under `key`. */
interface Place {
  readonly parent: Record<string, unknown> | unknown[];
  readonly key: string | number;
}

export interface JsonMaterial {
  /** Words that make keys and texts. */
  readonly words: readonly string[];
  /** Another document, parts of which are taken over. */
  readonly other: unknown;
}

/** The document with a few changes that leave it a document. */
export function mutateJson(document: unknown, chance: Chance, material: JsonMaterial): unknown {
  const root: unknown[] = [cloneJson(document)];
  for (let count = 1 + chance.small(5); count > 0; count -= 1) {
    change(chance.pick(placesIn(root)), chance, { ...material, root });
  }
  return root[0];
}

interface Change extends JsonMaterial {
  readonly root: unknown[];
}

function change(place: Place, chance: Chance, { words, other, root }: Change): void {
  const value = valueAt(place);
  switch (chance.below(8)) {
    case 0:
      return put(place, cloneJson(chance.pick(VALUES)));
    case 1:
      return put(place, cloneJson(valueAt(chance.pick(placesIn([other])))));
    case 2:
      return put(place, cloneJson(valueAt(chance.pick(placesIn(root)))));
    case 3:
      return remove(place);
    case 4:
      return rename(place, wordFrom(words, chance));
    case 5:
      return put(
        place,
        typeof value === "string" ? changedText(value, words, chance) : wordFrom(words, chance),
      );
    case 6:
      return put(place, chance.oneIn(2) ? [value] : { [wordFrom(words, chance)]: value });
    default:
      return grow(value, place, { words, chance });
  }
}

/** All places in a list that holds the document, and so the document's own first. */
function placesIn(root: unknown[]): readonly Place[] {
  const places: Place[] = [];
  const visit = (parent: Place["parent"]): void => {
    for (const [key, value] of Object.entries(parent)) {
      places.push({ parent, key: Array.isArray(parent) ? Number(key) : key });
      if (typeof value === "object" && value !== null) visit(value as Place["parent"]);
    }
  };
  visit(root);
  return places;
}

function valueAt({ parent, key }: Place): unknown {
  return Array.isArray(parent) ? parent[Number(key)] : parent[key];
}

function put({ parent, key }: Place, value: unknown): void {
  if (Array.isArray(parent)) parent[Number(key)] = value;
  else setField(parent, String(key), value);
}

function remove({ parent, key }: Place): void {
  if (!Array.isArray(parent)) delete parent[key];
  else if (parent.length > 1) parent.splice(Number(key), 1);
  else parent[0] = null;
}

function rename(place: Place, name: string): void {
  const { parent, key } = place;
  if (Array.isArray(parent)) return;
  const value = parent[key];
  delete parent[key];
  setField(parent, name, value);
}

/** A list gets a copy of one of its elements, an object a field. */
function grow(
  value: unknown,
  place: Place,
  { words, chance }: { words: readonly string[]; chance: Chance },
): void {
  if (Array.isArray(value)) {
    const items = value as unknown[];
    items.push(cloneJson(chance.pick(items.length === 0 ? VALUES : items)));
  } else if (isJsonObject(value)) {
    setField(value as Record<string, unknown>, wordFrom(words, chance), cloneJson(chance.pick(VALUES)));
  } else put(place, typeof value === "number" ? value + chance.below(7) - 3 : [value]);
}

function changedText(text: string, words: readonly string[], chance: Chance): string {
  const at = chance.below(text.length + 1);
  const end = at + chance.small(text.length - at + 1);
  return text.slice(0, at) + (chance.oneIn(3) ? "" : wordFrom(words, chance)) + text.slice(end);
}

function wordFrom(words: readonly string[], chance: Chance): string {
  return words.length === 0 || chance.oneIn(4) ? chance.pick(KEYS) : chance.pick(words);
}
