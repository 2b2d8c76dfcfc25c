/** Texts as CEL sees them: what UTF-16 writes as two units is one character. */

export function characters(text: string): string[] {
  return Array.from(text);
}

/** How many characters a text has. */
export function textSize(text: string): number {
  let size = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit >= 0xd800 && unit < 0xdc00 && isLow(text.charCodeAt(index + 1))) {
      size--;
      index++;
    }
  }
  return size;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
