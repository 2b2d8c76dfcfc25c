import type { Chance } from "./chance.ts";

/** What mutations draw on besides the input. */
export interface Material {
  /** Words of the format that is decoded. */
  readonly dictionary: readonly Buffer[];
  /** Another input that is known to be interesting. */
  readonly other: Buffer;
  readonly maxBytes: number;
}

type Mutation = (bytes: Buffer, chance: Chance, material: Material) => Buffer;

/** Numbers at the edges of what some width, sign or limit holds. */
const EDGES = [0, 1, 7, 8, 15, 16, 31, 32, 63, 64, 100, 127, 128, 255, 256, 1000, 1024, 4096, 32_767, 32_768];
const WIDE_EDGES = [...EDGES, 65_535, 65_536, 0x7f_ff_ff_ff, 0x80_00_00_00, 0xff_ff_ff_ff];

/** What is a number in most texts. */
const NUMERALS = [
  "0",
  "-1",
  "1e309",
  "9007199254740993",
  "9223372036854775808",
  "-9223372036854775809",
  "0.1",
];

/** Bytes that mean something in most texts, or are no text at all. */
const SPECIAL = Buffer.from(
  "\0\t\n\r !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\x7f\x80\xbf\xc0\xe2\xed\xf0\xff",
  "latin1",
);

/** A chunk is repeated this often at most, within the limits of the input. */
const MAX_REPEATS = 1 << 16;

const MUTATIONS: readonly Mutation[] = [
  function flipBit(bytes, chance) {
    return edit(bytes, chance, (byte) => byte ^ (1 << chance.below(8)));
  },
  function setByte(bytes, chance) {
    return edit(bytes, chance, () => chance.below(256));
  },
  function setSpecial(bytes, chance) {
    return edit(bytes, chance, () => chance.pick([...SPECIAL]));
  },
  function addToByte(bytes, chance) {
    return edit(bytes, chance, (byte) => byte + chance.below(71) - 35);
  },
  function insertBytes(bytes, chance) {
    const inserted = Buffer.from(Array.from({ length: 1 + chance.small(8) }, () => chance.below(256)));
    return replaced(bytes, { at: chance.below(bytes.length + 1), count: 0 }, inserted);
  },
  function insertSpecial(bytes, chance) {
    const inserted = Buffer.from([chance.pick([...SPECIAL])]);
    return replaced(bytes, { at: chance.below(bytes.length + 1), count: 0 }, inserted);
  },
  function remove(bytes, chance) {
    return replaced(bytes, chunkOf(bytes, chance), EMPTY);
  },
  function cutOff(bytes, chance) {
    return bytes.subarray(0, chance.below(bytes.length + 1));
  },
  function duplicate(bytes, chance) {
    const { at, count } = chunkOf(bytes, chance);
    return replaced(bytes, { at: at + count, count: 0 }, bytes.subarray(at, at + count));
  },
  function move(bytes, chance) {
    const chunk = chunkOf(bytes, chance);
    const rest = replaced(bytes, chunk, EMPTY);
    const moved = bytes.subarray(chunk.at, chunk.at + chunk.count);
    return replaced(rest, { at: chance.below(rest.length + 1), count: 0 }, moved);
  },
  function shuffle(bytes, chance) {
    const { at, count } = chunkOf(bytes, chance);
    const shuffled = [...bytes.subarray(at, at + count)].toSorted(() => chance.below(3) - 1);
    return replaced(bytes, { at, count }, Buffer.from(shuffled));
  },
  function setWord(bytes, chance) {
    const word = Buffer.alloc(chance.pick([1, 2, 4]));
    const value = chance.pick(WIDE_EDGES) % 2 ** (8 * word.length);
    if (chance.oneIn(2)) word.writeUIntBE(value, 0, word.length);
    else word.writeUIntLE(value, 0, word.length);
    return replaced(bytes, { at: chance.below(bytes.length + 1), count: word.length }, word);
  },
  function setNumeral(bytes, chance) {
    const numerals = [...bytes.toString("latin1").matchAll(/-?\d+/g)];
    if (numerals.length === 0) return bytes;
    const { 0: numeral, index } = chance.pick(numerals);
    const other = chance.oneIn(2) ? chance.pick(NUMERALS) : String(chance.pick(WIDE_EDGES));
    return replaced(bytes, { at: index, count: numeral.length }, Buffer.from(other));
  },
  function insertDictionaryWord(bytes, chance, { dictionary }) {
    if (dictionary.length === 0) return bytes;
    return replaced(bytes, { at: chance.below(bytes.length + 1), count: 0 }, chance.pick(dictionary));
  },
  function setDictionaryWord(bytes, chance, { dictionary }) {
    if (dictionary.length === 0) return bytes;
    return replaced(bytes, chunkOf(bytes, chance), chance.pick(dictionary));
  },
  function splice(bytes, chance, { other }) {
    return Buffer.concat([
      bytes.subarray(0, chance.below(bytes.length + 1)),
      other.subarray(chance.below(other.length + 1)),
    ]);
  },
  function insertOther(bytes, chance, { other }) {
    const { at, count } = chunkOf(other, chance);
    return replaced(bytes, chunkOf(bytes, chance), other.subarray(at, at + count));
  },
];

const EMPTY = Buffer.alloc(0);

/** The input with a few changes. */
export function mutateBytes(input: Buffer, chance: Chance, material: Material): Buffer {
  let bytes = input;
  for (let count = 1 + chance.small(6); count > 0; count -= 1) {
    bytes = chance.pick(MUTATIONS)(bytes, chance, material);
  }
  return bytes.subarray(0, material.maxBytes);
}

/** An input with a part that is repeated until there is no more room: for what takes too much time or stack. */
export function inflate(input: Buffer, chance: Chance, { maxBytes, dictionary }: Material): Buffer {
  const { at, count } = chunkOf(input, chance);
  const isWord = dictionary.length > 0 && chance.oneIn(3);
  const part = isWord ? chance.pick(dictionary) : input.subarray(at, at + count);
  const room = maxBytes - input.length;
  const repeats = Math.min(MAX_REPEATS, Math.floor(room / Math.max(1, part.length)));
  if (repeats <= 0 || part.length === 0) return input.subarray(0, maxBytes);
  const repeated = Buffer.alloc(part.length * repeats, part);
  return replaced(input, { at, count: isWord ? 0 : count }, repeated).subarray(0, maxBytes);
}

interface Chunk {
  readonly at: number;
  readonly count: number;
}

function chunkOf(bytes: Buffer, chance: Chance): Chunk {
  const at = chance.below(bytes.length + 1);
  return { at, count: chance.small(bytes.length - at + 1) };
}

function replaced(bytes: Buffer, { at, count }: Chunk, by: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + count)]);
}

function edit(bytes: Buffer, chance: Chance, change: (byte: number) => number): Buffer {
  if (bytes.length === 0) return bytes;
  const copy = Buffer.from(bytes);
  const at = chance.below(copy.length);
  copy[at] = change(copy[at] ?? 0);
  return copy;
}
