import { CorefileError } from "./directive.ts";
import type { PatternMatch } from "./lazy-pattern.ts";

/** What a template of CoreDNS' template plugin can speak of. Names end in a dot. */
export interface TemplateFacts {
  readonly zone: string;
  readonly name: string;
  readonly type: string;
  readonly match: PatternMatch;
}

/** Throws a RangeError where the facts have not what the template speaks of. */
export type Template = (facts: TemplateFacts) => string;

type Expression = Template;

/** The part of Go's `text/template` that records are written with: fields, `index` and `parseInt`. */
export function readTemplate(text: string): Template {
  const parts: Template[] = [];
  let rest = text;
  for (;;) {
    const [whole, before = "", trimsBefore, action = "", trimsAfter] =
      /^([\s\S]*?)\{\{(-\s)?([\s\S]*?)(\s-)?\}\}/.exec(rest) ?? [];
    if (whole === undefined) break;
    const literal = trimsBefore === undefined ? before : before.trimEnd();
    parts.push(() => literal, readAction(action));
    rest = rest.slice(whole.length);
    if (trimsAfter !== undefined) rest = rest.trimStart();
  }
  if (rest.includes("{{")) throw new CorefileError("a template's {{ is not closed");
  const last = rest;
  return (facts) => parts.map((part) => part(facts)).join("") + last;
}

function readAction(action: string): Expression {
  const words = action.match(/[()]|"(?:\\.|[^"\\])*"|`[^`]*`|[^\s()"`]+/g) ?? [];
  const { expression, next } = readCall(words, 0);
  if (next < words.length) throw unknown(action);
  return expression;
}

interface Read {
  readonly expression: Expression;
  readonly next: number;
}

/** A function with its operands, or one operand alone. */
function readCall(words: readonly string[], start: number): Read {
  const name = words[start] ?? "";
  const operands: Expression[] = [];
  let next = start + 1;
  if (name !== "index" && name !== "parseInt") return readOperand(words, start);
  if (name === "index" && words[next] === ".Match") return readMatchIndex(words, next + 1);
  if (name === "index" && words[next] === ".Group") return readGroupIndex(words, next + 1);
  if (name === "index") throw unknown(words.join(" "));
  while (next < words.length && words[next] !== ")") {
    const operand = readOperand(words, next);
    operands.push(operand.expression);
    next = operand.next;
  }
  const [value, base, bits] = operands;
  if (value === undefined || base === undefined || bits === undefined || operands.length > 3)
    throw new CorefileError("parseInt of a template needs a text, a base and a number of bits");
  return { expression: (facts) => parseNumber(value(facts), base(facts), bits(facts)), next };
}

function readMatchIndex(words: readonly string[], at: number): Read {
  const operand = readOperand(words, at);
  return {
    expression: (facts) => {
      const group = facts.match.groups[Number(operand.expression(facts))];
      if (group === undefined) throw new RangeError("The pattern has no such group");
      return group;
    },
    next: operand.next,
  };
}

function readGroupIndex(words: readonly string[], at: number): Read {
  const operand = readOperand(words, at);
  return { expression: (facts) => groupOf(facts, operand.expression(facts)), next: operand.next };
}

function readOperand(words: readonly string[], at: number): Read {
  const word = words[at] ?? "";
  const next = at + 1;
  if (word === "(") {
    const inner = readCall(words, next);
    if (words[inner.next] !== ")") throw unknown(words.join(" "));
    return { ...inner, next: inner.next + 1 };
  }
  if (/^\d+$/.test(word)) return { expression: () => word, next };
  if (word.startsWith('"')) {
    const text = word.slice(1, -1).replaceAll(/\\(.)/g, "$1");
    return { expression: () => text, next };
  }
  if (word.startsWith("`")) return { expression: () => word.slice(1, -1), next };
  return { expression: fieldOf(word), next };
}

function fieldOf(word: string): Expression {
  if (word.startsWith(".Group.")) {
    const group = word.slice(".Group.".length);
    return (facts) => groupOf(facts, group);
  }
  switch (word) {
    case ".Name":
      return ({ name }) => name;
    case ".Zone":
      return ({ zone }) => zone;
    case ".Class":
      return () => "IN";
    case ".Type":
      return ({ type }) => type;
    default:
      throw unknown(word);
  }
}

/** Groups have their numbers as names, too. Go writes so of a key that a map does not have. */
function groupOf({ match: { groups, named } }: TemplateFacts, name: string): string {
  return named.get(name) ?? groups[Number(name)] ?? "<no value>";
}

/** As `strconv.ParseUint`: what is no number of so many bits fails. */
function parseNumber(text: string, base: string, bits: string): string {
  const radix = Number(base);
  const value = Number.parseInt(text, radix);
  const isWhole = value.toString(radix) === text.toLowerCase().replace(/^0+(?=.)/, "");
  if (!isWhole || value >= 2 ** Number(bits)) throw new RangeError(`"${text}" is no such number`);
  return String(value);
}

function unknown(text: string): CorefileError {
  return new CorefileError(`"${text}" in a template is not known`);
}
