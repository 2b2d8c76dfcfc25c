/** Warnings of more characters in all than this are cut (apiserver `endpoints/filters/warning.go`). */
const MAX_TOTAL_CHARACTERS = 4 * 1024;
const MAX_CUT_CHARACTERS = 256;

/** Values of `Warning:` headers (RFC 7234 section 5.5), one for each text that can be in one. */
export function formatWarnings(texts: readonly string[]): readonly string[] {
  const characters = texts
    .filter((text) => text !== "" && !/\p{Cc}/u.test(text))
    .map((text) => Array.from(text));
  const isLong = characters.reduce((sum, text) => sum + text.length, 0) > MAX_TOTAL_CHARACTERS;
  const shown = isLong ? cut(characters) : characters;
  return shown.map((text) => formatWarning(text.join("")));
}

/** Those up to the one that was too much, in short, and of the others what there is still room for. */
function cut(texts: readonly string[][]): readonly string[][] {
  const shown: string[][] = [];
  let total = 0;
  let written = 0;
  for (const text of texts) {
    if (total > MAX_TOTAL_CHARACTERS && written >= MAX_TOTAL_CHARACTERS) break;
    const short = text.slice(0, MAX_CUT_CHARACTERS);
    shown.push(short);
    total += text.length;
    written += short.length;
  }
  return shown;
}

function formatWarning(text: string): string {
  const quoted = `299 - "${text.replaceAll(/["\\]/g, (character) => `\\${character}`)}"`;
  // Node writes header values as Latin-1, Kubernetes as UTF-8.
  return Buffer.from(quoted).toString("latin1");
}
