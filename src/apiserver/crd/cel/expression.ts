import {
  type CelEnv,
  type CelInput,
  CelScalar,
  type CelValue,
  celEnv,
  isCelError,
  parse,
  plan,
} from "@bufbuild/cel";
import { strings } from "@bufbuild/cel/ext";
import { listLibrary } from "./list-library.ts";
import { networkLibrary } from "./network-library.ts";
import { numberLibrary } from "./number-library.ts";
import { optionalLibrary } from "./optional-library.ts";
import { rewriteOptionals } from "./rewrite-optionals.ts";
import { textLibrary } from "./text-library.ts";
import { findUnknownCall } from "./unknown-call.ts";

/** What expressions can name. */
export interface Variables {
  readonly self: CelInput;
  readonly oldSelf: CelInput;
}

/** The value of an expression, or why it has none, in cel-go's words. */
export type Evaluation = { readonly value: CelValue } | { readonly problem: string };

export interface Expression {
  readonly usesOldSelf: boolean;
  evaluate(variables: Variables): Evaluation;
}

/** An expression that makes no sense. */
export class ExpressionError extends Error {}

/** Compiles expressions of CEL with Kubernetes' libraries. Making one takes some milliseconds, so all share it. */
export class ExpressionCompiler {
  readonly #env: CelEnv<typeof DECLARATIONS>;

  constructor() {
    const libraries = [strings, optionalLibrary, listLibrary, textLibrary, networkLibrary, numberLibrary];
    this.#env = celEnv({ variables: DECLARATIONS, funcs: libraries.flat() });
  }

  /** Throws an `ExpressionError`. Types are not checked: what does not fit shows when the expression is evaluated. */
  compile(text: string): Expression {
    const parsed = parseText(text);
    const unknown = findUnknownCall(parsed.expr, this.#env.funcs);
    if (unknown !== undefined)
      throw new ExpressionError(`undeclared reference to '${unknown}' (in container '')`);
    const program = this.#plan(parsed);
    return {
      usesOldSelf: /\boldSelf\b/.test(text),
      evaluate: (variables) => evaluate(() => program(variables)),
    };
  }

  #plan(parsed: ReturnType<typeof parse>) {
    try {
      return plan(this.#env, parsed);
    } catch (error) {
      throw new ExpressionError(error instanceof Error ? error.message : String(error));
    }
  }
}

/** What throws here is an expression that the evaluator did not expect, or one that is nested too deeply for it. */
function evaluate(run: () => ReturnType<ReturnType<typeof plan>>): Evaluation {
  try {
    const result = run();
    return isCelError(result) ? { problem: translate(result.message) } : { value: result };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

const DECLARATIONS = { self: CelScalar.DYN, oldSelf: CelScalar.DYN } as const;

function parseText(text: string): ReturnType<typeof parse> {
  try {
    return parse(rewriteOptionals(text));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ExpressionError(`ERROR: ${message.replace(/^(<input>:\d+:\d+): /, "$1: Syntax error: ")}`);
  }
}

const TRANSLATIONS: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/^field not found: (.*)$/, "no such key: $1"],
  [/^index (-?\d+) out of bounds.*$/, "index out of bounds: $1"],
  [/^\w+ divide by zero$/, "division by zero"],
  [/^found no matching overload.*$/, "no such overload"],
  [/^unbound function.*$/, "no such overload"],
];

function translate(message: string): string {
  const found = TRANSLATIONS.find(([pattern]) => pattern.test(message));
  return found === undefined ? message : message.replace(found[0], found[1]);
}
