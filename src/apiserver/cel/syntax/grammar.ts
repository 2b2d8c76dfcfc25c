/** Facts of the grammar of CEL (cel-go parser/gen/CEL.g4), with tokens as messages list them. */
import { OPERATORS } from "./expression.ts";

export const RESERVED_WORDS: ReadonlySet<string> = new Set(
  "as break const continue else false for function if import in let loop package namespace null return true var void while".split(
    " ",
  ),
);

export const RELATIONS: Readonly<Record<string, string>> = {
  "'<'": OPERATORS.less,
  "'<='": OPERATORS.lessEquals,
  "'>'": OPERATORS.greater,
  "'>='": OPERATORS.greaterEquals,
  "'=='": OPERATORS.equals,
  "'!='": OPERATORS.notEquals,
  "'in'": OPERATORS.in,
};
export const SUMS: Readonly<Record<string, string>> = { "'+'": OPERATORS.add, "'-'": OPERATORS.subtract };
export const PRODUCTS: Readonly<Record<string, string>> = {
  "'*'": OPERATORS.multiply,
  "'/'": OPERATORS.divide,
  "'%'": OPERATORS.modulo,
};

/** What an expression can begin with, as messages list it. */
export const BEGINNINGS =
  "'[' '{' '(' '.' '-' '!' 'true' 'false' 'null' NUM_FLOAT NUM_INT NUM_UINT STRING BYTES IDENTIFIER".split(
    " ",
  );
/** What can stand behind an opening bracket. */
export const beginningsIn = (close: string): readonly string[] =>
  `'[' '{' ${close} '(' '.' ',' '-' '!' '?' 'true' 'false' 'null' NUM_FLOAT NUM_INT NUM_UINT STRING BYTES IDENTIFIER`.split(
    " ",
  );

export const FIELD_BEGINNINGS = ["'}'", "','", "'?'", "IDENTIFIER", "ESC_IDENTIFIER"];
