const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** How stored objects begin, in lists without their type; what comes next is the metadata. */
const STORED_START = /^\{(?:"kind":"[^"\\]*","apiVersion":"[^"\\]*",)?"metadata":(?=\{)/;

/** No kind and version together are longer. */
const MAX_START = 512;

/** Only the metadata of an object, as garbage collectors and caches ask for it: the JSON of a PartialObjectMetadata. */
export function partialMetadata(json: Buffer, apiVersion: string): Buffer {
  const start = STORED_START.exec(json.toString("latin1", 0, MAX_START))?.[0].length;
  const metadata =
    start === undefined ? parsedMetadata(json) : json.subarray(start, endOfObject(json, start));
  const head = `{"kind":"PartialObjectMetadata","apiVersion":"${apiVersion}","metadata":`;
  const bytes = Buffer.allocUnsafe(head.length + metadata.length + 1);
  bytes.write(head, "latin1");
  bytes.set(metadata, head.length);
  bytes[bytes.length - 1] = CLOSE_BRACE;
  return bytes;
}

function parsedMetadata(json: Buffer): Buffer {
  const { metadata = {} } = JSON.parse(json.toString()) as { readonly metadata?: object };
  return Buffer.from(JSON.stringify(metadata));
}

/** Where the object that begins at `start` ends. */
function endOfObject(json: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; ; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) at = endOfText(json, at);
    else if (byte === OPEN_BRACE) depth += 1;
    else if (byte === CLOSE_BRACE) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
}

/** Where the quote is that ends the text which begins with a quote at `start`. */
function endOfText(json: Buffer, start: number): number {
  let at = start + 1;
  for (let byte = json[at]; byte !== QUOTE; byte = json[at]) at += byte === BACKSLASH ? 2 : 1;
  return at;
}
