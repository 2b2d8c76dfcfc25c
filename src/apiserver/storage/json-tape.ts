/** What a value on the tape is; with the constants below, because numbers are what a typed array holds. */
export type ValueKind = number;

export const TEXT = 0;
/** A text with backslashes in it. */
export const ESCAPED_TEXT = 1;
export const NULL = 2;
/** A number or a truth value. */
export const LITERAL = 3;
export const LIST = 4;
export const OBJECT = 5;

/** Numbers for one value: its kind, where its text begins and ends, and the place of the value behind it. */
const SIZE = 4;

/** The place of a value that is not there; it reads as null. */
export const NOTHING = 0;

/** The place of the value around all others. */
export const ROOT = SIZE;

const INITIAL_VALUES = 1024;

/** What a reader keeps between two texts at most, in numbers. */
const MAX_KEPT = 256 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const LETTER_N = 0x6e;

/**
 * The values of a JSON text in the order in which they stand, keys included, for those who turn stored bytes into
 * another format: nothing is copied and no object is made of it. The text is one that `JSON.stringify` has written, so
 * that it has no blanks and need not be checked. A value is named by its place.
 */
export class JsonTape {
  #text: Buffer = Buffer.alloc(0);
  #places = new Int32Array(INITIAL_VALUES * SIZE);
  /** Places of the objects and lists around the value that is read, the outermost first. */
  #open = new Int32Array(INITIAL_VALUES);

  get text(): Buffer {
    return this.#text;
  }

  /** Reads another text, which must not change as long as its values are asked for. */
  read(text: Buffer): void {
    this.#text = text;
    if (this.#places.length > MAX_KEPT) this.#places = new Int32Array(INITIAL_VALUES * SIZE);
    this.#put(NOTHING, NULL, 0, 0);
    let place = ROOT;
    let depth = 0;
    for (let at = 0; at < text.length; ) {
      const byte = text[at] ?? 0;
      switch (byte) {
        case COMMA:
        case COLON:
          at += 1;
          break;
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
          at += 1;
          depth -= 1;
          this.#close(this.#open[depth] ?? 0, at, place);
          break;
        case OPEN_BRACE:
        case OPEN_BRACKET:
          this.#enter(depth, place);
          this.#put(place, byte === OPEN_BRACE ? OBJECT : LIST, at, 0);
          depth += 1;
          place += SIZE;
          at += 1;
          break;
        default:
          at = byte === QUOTE ? this.#readText(place, at + 1) : this.#readLiteral(place, at);
          place += SIZE;
      }
    }
  }

  kind(place: number): ValueKind {
    return this.#places[place] ?? NULL;
  }

  /** Where the value begins in the text; a text without its quotes. */
  start(place: number): number {
    return this.#places[place + 1] ?? 0;
  }

  end(place: number): number {
    return this.#places[place + 2] ?? 0;
  }

  /** The place of the first value in a list, or key in an object; its end when it is empty. */
  first(place: number): number {
    return place + SIZE;
  }

  /** The place behind a value and all that is in it: where a key's value is, and where a list or object ends. */
  next(place: number): number {
    return this.#places[place + 3] ?? 0;
  }

  /** The value of a key in an object, which is the last one for a key that stands there twice. */
  member(object: number, name: string): number {
    let found = NOTHING;
    const end = this.next(object);
    for (let key = this.first(object); key < end; key = this.next(this.next(key))) {
      if (this.textOf(key) === name) found = this.next(key);
    }
    return found;
  }

  /** What a text says, or the digits of a number. */
  textOf(place: number): string {
    const plain = this.#text.toString("utf8", this.start(place), this.end(place));
    return this.kind(place) === ESCAPED_TEXT ? (JSON.parse(`"${plain}"`) as string) : plain;
  }

  #readText(place: number, start: number): number {
    const text = this.#text;
    let end = start;
    let kind = TEXT;
    for (let byte = text[end]; byte !== QUOTE; byte = text[end]) {
      if (byte === BACKSLASH) {
        kind = ESCAPED_TEXT;
        end += 1;
      }
      end += 1;
    }
    this.#put(place, kind, start, end);
    return end + 1;
  }

  #readLiteral(place: number, start: number): number {
    const text = this.#text;
    let end = start + 1;
    for (let byte = text[end]; end < text.length && !isDelimiter(byte); byte = text[end]) end += 1;
    this.#put(place, text[start] === LETTER_N ? NULL : LITERAL, start, end);
    return end;
  }

  #put(place: number, kind: ValueKind, start: number, end: number): void {
    if (place + SIZE > this.#places.length) this.#places = grown(this.#places);
    const places = this.#places;
    places[place] = kind;
    places[place + 1] = start;
    places[place + 2] = end;
    places[place + 3] = place + SIZE;
  }

  #enter(depth: number, place: number): void {
    if (depth === this.#open.length) this.#open = grown(this.#open);
    this.#open[depth] = place;
  }

  #close(place: number, end: number, next: number): void {
    this.#places[place + 2] = end;
    this.#places[place + 3] = next;
  }
}

function isDelimiter(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET;
}

function grown(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(numbers.length * 2);
  larger.set(numbers);
  return larger;
}
