import { JsonPathError } from "./json-path-error.ts";

const ESCAPE = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|(.)|$)/gs;

const NAMED: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};

/** What stands between quotes, with Go's escapes; the kind of quote that is around it may be escaped too. */
export function unquote(inside: string, quote: string): string {
  return inside.replace(ESCAPE, (escape, hex, short, long, octal, character) => {
    const code = [hex, short, long].find((digits) => digits !== undefined) as string | undefined;
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal as string, 8));
    const named = character === quote ? quote : NAMED[character as string];
    if (named === undefined) throw new JsonPathError(`unquote string ${escape} error invalid syntax`);
    return named;
  });
}
