/** Values are as long as a typical object, so that they fill pages as those do. */
const LENGTH = 1500;

export function encodeValue(sequence: string): Uint8Array {
  return new TextEncoder().encode(sequence.padEnd(LENGTH, "."));
}

/** Throws when the value is not one that was encoded. */
export function decodeValue(value: Uint8Array): string {
  const text = new TextDecoder().decode(value);
  if (text.length !== LENGTH || !/^[\w-]+\.+$/.test(text))
    throw new TypeError(`Not a value: "${text.slice(0, 20)}…"`);
  return text.slice(0, text.indexOf("."));
}
