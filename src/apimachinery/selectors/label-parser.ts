import { formatFieldError } from "../field-error.ts";
import { type Token, type TokenType, tokenize } from "./label-lexer.ts";
import {
  checkKey,
  type LabelOperator,
  type LabelRequirement,
  labelRequirement,
} from "./label-requirement.ts";
import { SelectorError } from "./selector-error.ts";

const OPERATORS: Partial<Record<TokenType, LabelOperator>> = {
  in: "in",
  notin: "notin",
  "=": "=",
  "==": "==",
  "!=": "!=",
  ">": "gt",
  "<": "lt",
};

/**
 * Parses `a=b,c!=d,e in (f,g),h,!i,j>1` by the grammar of apimachinery `pkg/labels`. Throws a `SelectorError`
 * with upstream's message. The requirements come in the order of the text.
 */
export function parseLabelRequirements(text: string): readonly LabelRequirement[] {
  const cursor = new Cursor(tokenize(text));
  const requirements: LabelRequirement[] = [];
  while (cursor.peek().type !== "end") {
    if (!startsRequirement(cursor.peek())) {
      throw new SelectorError(`found '${cursor.peek().text}', expected: !, identifier, or 'end of string'`);
    }
    requirements.push(parseRequirement(cursor));
    const separator = cursor.next();
    if (separator.type === "end") break;
    if (separator.type !== ",") {
      throw new SelectorError(`found '${separator.text}', expected: ',' or 'end of string'`);
    }
    if (!startsRequirement(cursor.peek())) {
      throw new SelectorError(`found '${cursor.peek().text}', expected: identifier after ','`);
    }
  }
  return requirements;
}

/** Reads tokens one by one and stays at the last, which is `end`. */
class Cursor {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  peek(): Token {
    return this.#tokens[this.#position] ?? { type: "end", text: "" };
  }

  next(): Token {
    const token = this.peek();
    this.#position++;
    return token;
  }
}

/** `in` and `notin` are names where no operator can stand. */
function isIdentifier({ type }: Token): boolean {
  return type === "identifier" || type === "in" || type === "notin";
}

function startsRequirement(token: Token): boolean {
  return isIdentifier(token) || token.type === "!";
}

function parseRequirement(cursor: Cursor): LabelRequirement {
  try {
    return parseCondition(cursor);
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    throw new SelectorError(`unable to parse requirement: ${error.message}`);
  }
}

function parseCondition(cursor: Cursor): LabelRequirement {
  const isNegated = cursor.peek().type === "!";
  if (isNegated) cursor.next();
  const key = parseKey(cursor);
  if (isNegated) return labelRequirement(key, "!", []);
  const following = cursor.peek().type;
  if (following === "end" || following === ",") return labelRequirement(key, "exists", []);
  const operator = parseOperator(cursor);
  const values = operator === "in" || operator === "notin" ? parseValues(cursor) : [parseExactValue(cursor)];
  return labelRequirement(key, operator, [...new Set(values)].toSorted());
}

function parseKey(cursor: Cursor): string {
  const token = cursor.next();
  if (!isIdentifier(token)) throw new SelectorError(`found '${token.text}', expected: identifier`);
  // The path of upstream's error is a nil pointer here, and prints as such.
  const [error] = checkKey(token.text, "<nil>");
  if (error !== undefined) throw new SelectorError(formatFieldError(error));
  return token.text;
}

function parseOperator(cursor: Cursor): LabelOperator {
  const token = cursor.next();
  const operator = OPERATORS[token.type];
  if (operator === undefined) {
    throw new SelectorError(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`);
  }
  return operator;
}

function parseExactValue(cursor: Cursor): string {
  const { type } = cursor.peek();
  if (type === "end" || type === ",") return "";
  const token = cursor.next();
  if (!isIdentifier(token)) throw new SelectorError(`found '${token.text}', expected: identifier`);
  return token.text;
}

/** A list in parentheses. Values may be empty: `(,a)` is the empty one and `a`, `()` the empty one alone. */
function parseValues(cursor: Cursor): readonly string[] {
  const open = cursor.next();
  if (open.type !== "(") throw new SelectorError(`found '${open.text}' expected: '('`);
  const first = cursor.peek();
  if (first.type === ")") {
    cursor.next();
    return [""];
  }
  if (!isIdentifier(first) && first.type !== ",") {
    throw new SelectorError(`found '${first.text}', expected: ',', ')' or identifier`);
  }
  const values = parseList(cursor);
  cursor.next();
  return values;
}

/** Ends before the closing parenthesis. */
function parseList(cursor: Cursor): readonly string[] {
  const values: string[] = [];
  for (;;) {
    const token = cursor.next();
    const following = cursor.peek();
    if (isIdentifier(token)) {
      values.push(token.text);
      if (following.type === ")") return values;
      if (following.type !== ",") {
        throw new SelectorError(`found '${following.text}', expected: ',' or ')'`);
      }
    } else if (token.type === ",") {
      if (values.length === 0 || following.type === ")" || following.type === ",") values.push("");
      if (following.type === ")") return values;
    } else {
      throw new SelectorError(`found '${token.text}', expected: ',', or identifier`);
    }
  }
}
