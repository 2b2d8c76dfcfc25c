/**
 * Domain names as text: labels joined by dots, without one at the end, so that the root is empty. A byte is the
 * character of its number; dots and backslashes inside a label stand behind a backslash.
 */

const MAX_NAME_BYTES = 255;
const MAX_LABEL_BYTES = 63;
const POINTER = 0xc0;

/** Bytes that are not a message. */
export class MessageError extends SyntaxError {}

export interface ReadName {
  readonly name: string;
  /** Where the bytes behind the name begin. */
  readonly end: number;
}

/** Reads a name and the compressed parts of it. Throws a MessageError for what is none. */
export function readName(bytes: Uint8Array, start: number): ReadName {
  let name = "";
  let size = 1;
  let offset = start;
  let end: number | undefined;
  // A pointer leads to earlier bytes than all before (RFC 1035 4.1.4: "a prior occurrence"), so there are no circles.
  let limit = start;
  for (;;) {
    const length = bytes[offset];
    if (length === undefined) throw new MessageError("A name ends early");
    if (length === 0) return { name, end: end ?? offset + 1 };
    if (length >= POINTER) {
      const target = ((length & 0x3f) << 8) | (bytes[offset + 1] ?? 0);
      if (offset + 1 >= bytes.length || target >= limit) throw new MessageError("A name leads nowhere");
      end ??= offset + 2;
      offset = target;
      limit = target;
      continue;
    }
    size += length + 1;
    if (length > MAX_LABEL_BYTES || size > MAX_NAME_BYTES || offset + length >= bytes.length)
      throw new MessageError("A name is too long");
    const label = readLabel(bytes, offset + 1, offset + 1 + length);
    name = name === "" ? label : `${name}.${label}`;
    offset += length + 1;
  }
}

function readLabel(bytes: Uint8Array, start: number, end: number): string {
  let label = "";
  for (let index = start; index < end; index += 1) {
    const character = String.fromCharCode(bytes[index] ?? 0);
    label += character === "." || character === "\\" ? `\\${character}` : character;
  }
  return label;
}

/** The labels of a name, with what was behind backslashes as it is. */
export function labelsOf(name: string): readonly string[] {
  if (name === "") return [];
  if (!name.includes("\\")) return name.split(".");
  const labels = name.match(/(?:\\[\s\S]|[^.\\])+/g) ?? [];
  return labels.map((label) => label.replaceAll(/\\([\s\S])/g, "$1"));
}

/** The name without its first label. */
export function parentName(name: string): string {
  const first = /^(?:\\[\s\S]|[^.\\])+/.exec(name)?.[0] ?? "";
  return name.slice(first.length + 1);
}

/** In lower case where ASCII has one (RFC 4343), which names are compared by. */
export function lowerName(name: string): string {
  return /[A-Z]/.test(name) ? name.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase()) : name;
}

/** Whether a name in lower case is the domain or below it. Everything is below the root. */
export function isWithin(name: string, domain: string): boolean {
  if (domain === "" || name === domain) return true;
  return name.endsWith(domain) && name[name.length - domain.length - 1] === ".";
}

/** Whether a text can be sent as a name: labels of 1 to 63 bytes, 255 in all. */
export function isName(name: string): boolean {
  const labels = labelsOf(name);
  const size = labels.reduce((sum, label) => sum + label.length + 1, 1);
  return (
    size <= MAX_NAME_BYTES &&
    labels.every((label) => label.length > 0 && label.length <= MAX_LABEL_BYTES) &&
    !/[^\0-\xff]/.test(name) &&
    !/(^|[^\\])\.\.|^\.|[^\\]\.$/.test(name)
  );
}
