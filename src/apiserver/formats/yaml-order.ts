const LETTER = /^\p{L}$/u;

/** Longer numbers are not exact. */
const EXACT_DIGITS = 15;

/**
 * Which of two keys of a mapping is written first, as yaml.v2 orders them (`sorter.go`): numbers inside them count as
 * such, and letters come last.
 */
export function compareYamlKeys(a: string, b: string): number {
  const at = firstDifference(a, b);
  if (at === undefined) return a.length - b.length;
  const [left, right] = [a.codePointAt(at) ?? 0, b.codePointAt(at) ?? 0];
  const [isLetter, isOtherLetter] = [isLetterCode(left), isLetterCode(right)];
  if (isLetter !== isOtherLetter) return isLetter ? 1 : -1;
  return (isLetter ? 0 : compareNumbers(a, b, at)) || left - right;
}

/** Undefined where one is the beginning of the other. */
function firstDifference(a: string, b: string): number | undefined {
  const end = Math.min(a.length, b.length);
  for (let index = 0; index < end; index += 1) {
    if (a.charCodeAt(index) === b.charCodeAt(index)) continue;
    return index > 0 && isHighSurrogate(a.charCodeAt(index - 1)) ? index - 1 : index;
  }
  return undefined;
}

/** The numbers from here on; a zero counts only inside of one. */
function compareNumbers(a: string, b: string, at: number): number {
  const [end, otherEnd] = [endOfDigits(a, at), endOfDigits(b, at)];
  const isZero = a[at] === "0" || b[at] === "0";
  const before = isZero && isInsideNumber(a, at) ? "1" : "";
  const [left, right] = [before + a.slice(at, end), before + b.slice(at, otherEnd)];
  return compareDigits(left, right) || end - otherEnd;
}

function compareDigits(left: string, right: string): number {
  if (Math.max(left.length, right.length) <= EXACT_DIGITS) return Number(left) - Number(right);
  const [exact, other] = [BigInt.asIntN(64, BigInt(left)), BigInt.asIntN(64, BigInt(right))];
  return exact < other ? -1 : Number(exact > other);
}

function isInsideNumber(text: string, at: number): boolean {
  for (let index = at - 1; index >= 0 && isDigitCode(text.charCodeAt(index)); index -= 1) {
    if (text[index] !== "0") return true;
  }
  return false;
}

function endOfDigits(text: string, from: number): number {
  let end = from;
  while (end < text.length && isDigitCode(text.charCodeAt(end))) end += 1;
  return end;
}

function isLetterCode(code: number): boolean {
  if (code < 0x80) return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
  return LETTER.test(String.fromCodePoint(code));
}

function isDigitCode(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isHighSurrogate(code: number): boolean {
  return (code & 0xfc00) === 0xd800;
}
