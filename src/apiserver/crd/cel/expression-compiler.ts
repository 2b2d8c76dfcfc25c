import { createHash } from "node:crypto";
import { LruMap } from "#base/lru-map.ts";
import type { CheckedExpression } from "../../cel/checker/checked-expression.ts";
import type { Environment } from "../../cel/environment.ts";
import { ProgramError } from "../../cel/evaluator/node.ts";
import type { Program } from "../../cel/program.ts";
import { type DeclaredType, typeProvider } from "../../cel/schema/declared-type.ts";
import { ExpressionError } from "../../cel/syntax/issue.ts";
import { BOOL, type CelType, optionalType, STRING } from "../../cel/types/type.ts";

/** A rule, or its message, that can be evaluated; `problem` says why it cannot. */
export type CompiledExpression =
  | { readonly program: Program; readonly checked: CheckedExpression }
  | { readonly problem: string; readonly parts: number };

/** What it takes to compile an expression. */
export function partsOf(compiled: CompiledExpression): number {
  return "program" in compiled ? compiled.checked.offsets.length : compiled.parts;
}

export const OLD_SELF = "oldSelf";

/** What an expression must give, and how messages call it. */
export interface Purpose {
  readonly type: CelType;
  readonly prefix: string;
  readonly wrongType: string;
}

export const RULE: Purpose = { type: BOOL, prefix: "", wrongType: "cel expression must evaluate to a bool" };
export const MESSAGE: Purpose = {
  type: STRING,
  prefix: "messageExpression ",
  wrongType: "messageExpression must evaluate to a string",
};

/** What an expression is about. */
export interface Subject {
  readonly declared: DeclaredType;
  /** Whether the old value is an optional. */
  readonly optionalOldSelf: boolean;
}

/** As many as some large operators have; an expression takes 8 kB. */
const CAPACITY = 1000;

/** Compiles expressions; the same one about values of the same types once for all schemas. */
export class ExpressionCompiler {
  readonly #environment: Environment;
  readonly #compiled = new LruMap<string, CompiledExpression>(CAPACITY);

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  compile(text: string, subject: Subject, purpose: Purpose): CompiledExpression {
    const key = keyOf(text, subject, purpose);
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const compiled = compile(text, this.#environmentOf(subject), purpose);
    // Problems name types, which are called after where they are.
    if ("program" in compiled) this.#compiled.set(key, compiled);
    return compiled;
  }

  #environmentOf({ declared, optionalOldSelf }: Subject): Environment {
    const { type } = declared;
    return this.#environment.with({
      variables: { self: type, [OLD_SELF]: optionalOldSelf ? optionalType(type) : type },
      provider: typeProvider(declared),
    });
  }
}

function compile(text: string, environment: Environment, purpose: Purpose): CompiledExpression {
  const { type, prefix, wrongType } = purpose;
  // Each part of a text that cannot be read takes some characters.
  let parts = text.length;
  try {
    const checked = environment.check(text);
    parts = checked.offsets.length;
    return checked.type.equals(type)
      ? { checked, program: environment.program(checked) }
      : { problem: wrongType, parts };
  } catch (error) {
    if (error instanceof ExpressionError) {
      const problem = `${prefix}compilation failed: ${error.message}`;
      return { problem, parts: Math.max(parts, error.parts) };
    }
    if (!(error instanceof ProgramError)) throw error;
    const what = prefix === "" ? "program " : prefix;
    return { problem: `${what}instantiation failed: ${error.message}`, parts };
  }
}

function keyOf(text: string, { declared, optionalOldSelf }: Subject, { prefix }: Purpose): string {
  return createHash("sha256")
    .update(JSON.stringify([text, prefix, optionalOldSelf, ...signatureOf(declared)]))
    .digest("base64");
}

/** All that expressions can know of a type, besides its name. */
function signatureOf({ type, fields, element }: DeclaredType): readonly unknown[] {
  if (element !== undefined) return [type.kind, signatureOf(element)];
  if (fields === undefined) return [type.kind];
  return [type.kind, ...[...fields].map(([name, field]) => [name, signatureOf(field)])];
}
