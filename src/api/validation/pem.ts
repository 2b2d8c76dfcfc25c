/** Texts of RFC 7468, as far as Go's `encoding/pem` reads them. */

export interface PemBlock {
  /** What stands behind `BEGIN`, such as `CERTIFICATE`. */
  readonly type: string;
  /** Whether lines such as `Proc-Type: 4,ENCRYPTED` precede the contents. */
  readonly hasHeaders: boolean;
  readonly bytes: Uint8Array;
}

const BOUNDARY = /^-----(BEGIN|END) (.*)-----\s*$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** All blocks of a text. What is between them is ignored, and so is what has the form of a block but is no base64. */
export function readPemBlocks(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  let open: { readonly type: string; readonly lines: string[] } | undefined;
  for (const line of text.split("\n")) {
    const [, boundary, type = ""] = BOUNDARY.exec(line) ?? [];
    if (boundary === undefined) open?.lines.push(line.trim());
    else if (boundary === "BEGIN") open = { type, lines: [] };
    else {
      const block = open?.type === type ? readBlock(type, open.lines) : undefined;
      if (block !== undefined) blocks.push(block);
      open = undefined;
    }
  }
  return blocks;
}

function readBlock(type: string, lines: readonly string[]): PemBlock | undefined {
  const headers = lines.filter((line) => line.includes(":")).length;
  const contents = lines.slice(headers).join("");
  if (!BASE64.test(contents) || contents.length % 4 !== 0) return undefined;
  return { type, hasHeaders: headers > 0, bytes: Uint8Array.fromBase64(contents) };
}
