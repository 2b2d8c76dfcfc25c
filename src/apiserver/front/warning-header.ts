/** Warnings beyond this many characters in all are cut (apiserver `endpoints/filters/warning.go`). */
const MAX_TOTAL_CHARACTERS = 4 * 1024;
const MAX_CUT_CHARACTERS = 256;

/** Values of `Warning:` headers (RFC 7234 section 5.5), one for each text. */
export function formatWarnings(texts: readonly string[]): readonly string[] {
  const distinct = [...new Set(texts)].filter((text) => text !== "" && !/\p{Cc}/u.test(text));
  const total = distinct.reduce((sum, text) => sum + text.length, 0);
  if (total <= MAX_TOTAL_CHARACTERS) return distinct.map(formatWarning);
  const cut = distinct.map((text) => text.slice(0, MAX_CUT_CHARACTERS));
  return cut.slice(0, Math.ceil(MAX_TOTAL_CHARACTERS / MAX_CUT_CHARACTERS)).map(formatWarning);
}

function formatWarning(text: string): string {
  const quoted = `299 - "${text.replaceAll(/["\\]/g, (character) => `\\${character}`)}"`;
  // Node writes header values as Latin-1, Kubernetes as UTF-8.
  return Buffer.from(quoted).toString("latin1");
}
