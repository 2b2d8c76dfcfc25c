/** A source of numbers from 0 up to but not including 1. */
export type RandomSource = () => number;

/** No vowels, so that no words come about (apimachinery `util/rand`). */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

const SUFFIX_LENGTH = 5;
/** A generated name is at most 63 characters long, for all kinds (apiserver `storage/names`). */
const MAX_BASE_LENGTH = 63 - SUFFIX_LENGTH;

/** The name of an object that was created with `generateName`. It may be taken; then another has to be tried. */
export function generateName(base: string, random: RandomSource): string {
  return base.slice(0, MAX_BASE_LENGTH) + randomText(SUFFIX_LENGTH, random);
}

/** Random characters that may stand in any name. */
export function randomText(length: number, random: RandomSource): string {
  return Array.from({ length }, () => ALPHABET.charAt(Math.floor(random() * ALPHABET.length))).join("");
}

/** Rewrites a text, such as the digits of a hash, in the alphabet of generated names. */
export function safeEncode(text: string): string {
  return Array.from(text, (character) =>
    ALPHABET.charAt((character.codePointAt(0) ?? 0) % ALPHABET.length),
  ).join("");
}
