/** The six bytes of a link-layer address such as `02:42:0a:2a:00:01`. Throws a SyntaxError for another text. */
export function parseMacAddress(text: string): Uint8Array {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text))
    throw new SyntaxError(`Not a link-layer address: "${text}"`);
  return Uint8Array.from(text.split(":"), (part) => Number.parseInt(part, 16));
}

export function formatMacAddress(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}
