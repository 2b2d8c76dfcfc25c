/** Reads paths as client-go's `util/jsonpath` does, which has rules of its own. */

import { compares, finds } from "./conditions.ts";
import { unquote } from "./escapes.ts";
import { JsonPathError } from "./json-path-error.ts";
import {
  constant,
  descendants,
  elements,
  field,
  filter,
  type Step,
  text,
  union,
  unknownIdentifier,
  wildcard,
} from "./steps.ts";

/** What stands before a value; spaces and the signs for the current object mean nothing. */
const NOTHING = /^[ @$]+/;
const DESCENT = /^\.\./;
const NAME = /^(?:\\.|[^ \t\r\n.,[\]$@{}\\])*/s;
const NUMBER = /^[+-]?[\d.]*/;
const BRACKETS = /^\[([^\]\n]*)\]/;
const QUOTED = /^(["'])([^\n]*?)(?<!\\)\1/;
const IDENTIFIER_START = /^[\p{L}\p{Nd}_]/u;
const KEY = /^'([^']*)'$/;
const SLICE = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/;
const CONDITION = /^([^!<>=]+)([!<>=]+)(.+)$/;

/** The steps of a path such as `.spec.ports[0].port`. Throws a `JsonPathError`. */
export function parseJsonPath(path: string): readonly Step[] {
  return new PathParser(path).parse();
}

class PathParser {
  #rest: string;

  constructor(path: string) {
    this.#rest = path;
  }

  parse(): readonly Step[] {
    const steps: Step[] = [];
    for (;;) {
      this.#take(NOTHING);
      // A brace would end the template that a path is part of.
      if (this.#rest === "" || this.#rest.startsWith("}")) return steps;
      steps.push(...this.#next());
    }
  }

  #next(): readonly Step[] {
    if (this.#rest.startsWith("[?(")) return [this.#filter()];
    if (this.#take(DESCENT) !== undefined) return this.#descent();
    if (this.#rest.startsWith("[")) return this.#brackets();
    if (/^["']/.test(this.#rest)) return [this.#quoted()];
    if (this.#take(/^\./) !== undefined) return [this.#field()];
    if (/^[+\-\d]/.test(this.#rest)) return [this.#number()];
    if (IDENTIFIER_START.test(this.#rest)) return [this.#identifier()];
    throw new JsonPathError(`unrecognized character in action: ${this.#rest}`);
  }

  #descent(): readonly Step[] {
    if (this.#rest.startsWith("..")) throw new JsonPathError("invalid multiple recursive descent");
    return IDENTIFIER_START.test(this.#rest) ? [descendants, this.#field()] : [descendants];
  }

  #field(): Step {
    const [name = ""] = this.#take(NAME) ?? [];
    return name === "*" ? wildcard : field(name.replaceAll("\\", ""));
  }

  #number(): Step {
    const [digits = ""] = this.#take(NUMBER) ?? [];
    const number = digits === "" ? Number.NaN : Number(digits);
    if (Number.isNaN(number)) throw new JsonPathError(`cannot parse number ${digits}`);
    return constant(number);
  }

  #identifier(): Step {
    const [name = ""] = this.#take(NAME) ?? [];
    return name === "true" || name === "false" ? constant(name === "true") : unknownIdentifier(name);
  }

  #quoted(): Step {
    const match = this.#take(QUOTED);
    if (match === undefined) throw new JsonPathError("unterminated quoted string");
    return text(unquote(match[2] ?? "", match[1] ?? ""));
  }

  #brackets(): readonly Step[] {
    const match = this.#take(BRACKETS);
    if (match === undefined) throw new JsonPathError("unterminated array");
    const [, inside = ""] = match;
    const parts = inside.split(",");
    if (parts.length === 1) return insideBrackets(inside);
    return [union(parts.map((part) => parseJsonPath(`[${part.replaceAll(/^ +| +$/g, "")}]`)))];
  }

  #filter(): Step {
    const condition = this.#condition();
    const match = CONDITION.exec(condition);
    if (match === null) return filter(finds(parseJsonPath(condition)));
    const [, left = "", operator = "", right = ""] = match;
    return filter(compares(parseJsonPath(left), operator, parseJsonPath(right)));
  }

  /** Takes what is between `[?(` and `)]`; one text in quotes may have parentheses in it. */
  #condition(): string {
    const end = closingParenthesis(this.#rest);
    if (!this.#rest.startsWith(")]", end)) throw new JsonPathError("unclosed array expect ]");
    const condition = this.#rest.slice("[?(".length, end);
    this.#rest = this.#rest.slice(end + ")]".length);
    return condition;
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    const match = pattern.exec(this.#rest);
    if (match === null) return undefined;
    this.#rest = this.#rest.slice(match[0].length);
    return match;
  }
}

function closingParenthesis(path: string): number {
  let [quote, isClosed] = ["", false];
  for (let index = "[?(".length; index < path.length; index++) {
    const character = path.charAt(index);
    if (character === ")" && (quote !== "") === isClosed) return index;
    if (character !== '"' && character !== "'") continue;
    if (quote === "") quote = character;
    else if (character === quote && path.charAt(index - 1) !== "\\") isClosed = true;
  }
  throw new JsonPathError("unterminated filter");
}

function insideBrackets(inside: string): readonly Step[] {
  const [, key] = KEY.exec(inside) ?? [];
  if (key !== undefined) return parseJsonPath(`.${key}`);
  const slice = SLICE.exec(inside === "*" ? ":" : inside);
  if (slice === null) throw new JsonPathError(`invalid array index ${inside}`);
  const [, start = "", end, step] = slice;
  return [
    elements(numberOf(start), end === undefined ? "one" : numberOf(end.slice(1)), numberOf(step?.slice(1))),
  ];
}

function numberOf(digits = ""): number | undefined {
  if (digits === "-") throw new JsonPathError(`array index ${digits} is not a number`);
  return digits === "" ? undefined : Number(digits);
}
