/** cel-go ext/strings.go, version 2. Positions count characters. */
import { NAMED_ESCAPES } from "#apimachinery/go-text.ts";
import { declare, method, overload } from "../types/function.ts";
import { DYN, INT, listType, STRING } from "../types/type.ts";
import { toText } from "../values/conversion.ts";
import { CostExceeded } from "../values/cost-exceeded.ts";
import { type CelList, ValueList } from "../values/list.ts";
import { characters, textSize } from "../values/text.ts";
import { CelError, isError, type Result } from "../values/value.ts";
import type { Library } from "./library.ts";
import { formatText } from "./string-format.ts";

/** Texts that are longer come of replacing over and over. */
const MAX_TEXT = 64 * 1024 * 1024;

const TEXTS = listType(STRING);
const SPACES =
  /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g;

export const stringsLibrary: Library = {
  functions: [
    declare("charAt", method("string_char_at_int", [STRING, INT], STRING, charAt)),
    declare(
      "indexOf",
      method("string_index_of_string", [STRING, STRING], INT, (text: string, part: string) =>
        indexOf(text, part, 0n),
      ),
      method("string_index_of_string_int", [STRING, STRING, INT], INT, indexOf),
    ),
    declare(
      "lastIndexOf",
      method("string_last_index_of_string", [STRING, STRING], INT, (text: string, part: string) =>
        part === ""
          ? BigInt(textSize(text))
          : lastIndexIn(characters(text), characters(part), Number.MAX_SAFE_INTEGER),
      ),
      method("string_last_index_of_string_int", [STRING, STRING, INT], INT, lastIndexOf),
    ),
    declare(
      "lowerAscii",
      method("string_lower_ascii", [STRING], STRING, (text: string) =>
        text.replace(/[A-Z]+/g, (part) => part.toLowerCase()),
      ),
    ),
    declare(
      "upperAscii",
      method("string_upper_ascii", [STRING], STRING, (text: string) =>
        text.replace(/[a-z]+/g, (part) => part.toUpperCase()),
      ),
    ),
    declare(
      "replace",
      method(
        "string_replace_string_string",
        [STRING, STRING, STRING],
        STRING,
        (text: string, old: string, by: string) => replace(text, old, by, -1n),
      ),
      method("string_replace_string_string_int", [STRING, STRING, STRING, INT], STRING, replace),
    ),
    declare(
      "split",
      method("string_split_string", [STRING, STRING], TEXTS, (text: string, separator: string) =>
        split(text, separator, -1n),
      ),
      method("string_split_string_int", [STRING, STRING, INT], TEXTS, split),
    ),
    declare(
      "substring",
      method("string_substring_int", [STRING, INT], STRING, (text: string, start: bigint) => {
        const all = characters(text);
        return isWithin(start, all.length) ? all.slice(Number(start)).join("") : outOfRange(start);
      }),
      method("string_substring_int_int", [STRING, INT, INT], STRING, substring),
    ),
    declare(
      "trim",
      method("string_trim", [STRING], STRING, (text: string) => text.replace(SPACES, "")),
    ),
    declare("format", method("string_format", [STRING, listType(DYN)], STRING, formatText)),
    declare("strings.quote", overload("strings_quote", [STRING], STRING, quoteText)),
    declare(
      "join",
      method("list_join", [TEXTS], STRING, (list: CelList) => join(list, "")),
      method("list_join_string", [TEXTS, STRING], STRING, join),
    ),
  ],
};

function charAt(text: string, index: bigint): Result {
  const all = characters(text);
  return isWithin(index, all.length) ? (all[Number(index)] ?? "") : outOfRange(index);
}

function substring(text: string, start: bigint, end: bigint): Result {
  const all = characters(text);
  if (start > end) {
    return new CelError(`invalid substring range. start: ${String(start)}, end: ${String(end)}`);
  }
  const wrong = [start, end].find((each) => !isWithin(each, all.length));
  return wrong === undefined ? all.slice(Number(start), Number(end)).join("") : outOfRange(wrong);
}

function indexOf(text: string, part: string, offset: bigint): Result {
  if (offset < 0n) return outOfRange(offset);
  if (part === "") return offset;
  const all = characters(text);
  if (offset >= all.length) return -1n;
  const start = all.slice(0, Number(offset)).join("").length;
  const found = text.indexOf(part, start);
  return found < 0 ? -1n : BigInt(textSize(text.slice(0, found)));
}

function lastIndexOf(text: string, part: string, offset: bigint): Result {
  if (offset < 0n) return outOfRange(offset);
  if (part === "") return offset;
  const all = characters(text);
  return offset >= all.length ? -1n : lastIndexIn(all, characters(part), Number(offset));
}

function lastIndexIn(all: readonly string[], part: readonly string[], offset: number): bigint {
  const last = Math.min(offset, all.length - part.length);
  if (last < 0) return -1n;
  const end = all.slice(0, last).join("").length;
  const found = all.join("").lastIndexOf(part.join(""), end);
  return found < 0 ? -1n : BigInt(textSize(all.join("").slice(0, found)));
}

function isWithin(index: bigint, size: number): boolean {
  return index >= 0n && index <= BigInt(size);
}

function outOfRange(index: bigint): CelError {
  return new CelError(`index out of range: ${String(index)}`);
}

/** The first `limit` times, or always when that is negative; an empty text is between all characters. */
function replace(text: string, old: string, by: string, limit: bigint): Result {
  const parts = old === "" ? ["", ...characters(text), ""] : text.split(old);
  const count = Math.min(limit < 0n ? parts.length - 1 : Number(limit), parts.length - 1);
  if (text.length + count * by.length > MAX_TEXT) throw new CostExceeded();
  if (old !== "")
    return (
      parts.slice(0, count + 1).join(by) +
      parts
        .slice(count + 1)
        .map((each) => old + each)
        .join("")
    );
  const all = characters(text);
  const replaced = all.map((each, index) => (index < count ? by : "") + each).join("");
  return count > all.length ? replaced + by : replaced;
}

/** At most `limit` parts, or all when that is negative. */
function split(text: string, separator: string, limit: bigint): Result {
  if (limit === 0n) return new ValueList([]);
  const parts = separator === "" ? characters(text) : text.split(separator);
  if (limit < 0n || parts.length <= Number(limit)) return new ValueList(parts);
  const count = Number(limit) - 1;
  return new ValueList([...parts.slice(0, count), parts.slice(count).join(separator)]);
}

function join(list: CelList, separator: string): Result {
  const texts: string[] = [];
  let size = 0;
  for (const each of list) {
    if (isError(each)) return each;
    if (typeof each !== "string") return new CelError(`join: invalid input: ${nameOf(each)}`);
    size += each.length + separator.length;
    if (size > MAX_TEXT) throw new CostExceeded();
    texts.push(each);
  }
  return texts.join(separator);
}

function nameOf(value: Exclude<Result, CelError>): string {
  const text = toText(value);
  return typeof text === "string" ? text : "value";
}

const NOT_PLAIN = new RegExp(`[${Object.keys(NAMED_ESCAPES).join("").replace("\\", "\\\\")}]`, "g");

function quoteText(text: string): string {
  return `"${text.toWellFormed().replace(NOT_PLAIN, (each) => NAMED_ESCAPES[each] ?? each)}"`;
}
