/** What is checked of literals once the types are known (cel-go cel/validator.go, ext/formatting.go). */
import { compilePattern } from "../library/regex.ts";
import { CLAUSE_PROBLEMS, parseTemplate, type Verb } from "../library/string-format.ts";
import {
  type Call,
  type Expression,
  type ListExpression,
  type MapExpression,
  partsOf,
} from "../syntax/expression.ts";
import { ExpressionError, type Issue } from "../syntax/issue.ts";
import { type CelType, formatType, unwrapOptional } from "../types/type.ts";
import { toDuration, toTimestamp } from "../values/conversion.ts";
import { CelError, type CelValue, type Result } from "../values/value.ts";
import type { CheckedExpression } from "./checked-expression.ts";

/** Throws an `ExpressionError`. */
export function validateLiterals(checked: CheckedExpression): void {
  const validator = new LiteralValidator(checked);
  validator.visit(checked.expression, false);
  const { issues } = validator;
  if (issues.length > 0) throw new ExpressionError(checked.text, issues, checked.offsets.length);
}

type Reader = (value: CelValue) => Result;

/** Functions of which the first argument, or the only one of a method, must make sense when it is a literal. */
const READERS: Readonly<Record<string, Reader>> = {
  duration: toDuration,
  timestamp: toTimestamp,
  matches: (value) => {
    const pattern = typeof value === "string" ? compilePattern(value) : undefined;
    return pattern instanceof CelError ? pattern : true;
  },
};

/** What can be formatted in which way. */
const KINDS: Readonly<Record<Verb, readonly string[]>> = {
  s: "list map int uint double bool string timestamp bytes duration type null_type".split(" "),
  d: ["int", "uint"],
  f: ["double", "string"],
  e: ["double", "string"],
  b: ["int", "uint", "bool"],
  x: ["int", "uint", "string", "bytes"],
  o: ["int", "uint"],
};

class LiteralValidator {
  readonly issues: Issue[] = [];
  readonly #checked: CheckedExpression;

  constructor(checked: CheckedExpression) {
    this.#checked = checked;
  }

  /** Lists and maps inside of the arguments of `format` may be mixed. */
  visit(expression: Expression, isInFormat: boolean): void {
    const isFormat = expression.kind === "call" && expression.function === "format";
    if (expression.kind === "call") this.#checkCall(expression);
    else if (expression.kind === "list" && !isInFormat) this.#checkList(expression);
    else if (expression.kind === "map" && !isInFormat) this.#checkMap(expression);
    for (const part of partsOf(expression)) this.visit(part, isInFormat || isFormat);
  }

  #checkCall(call: Call): void {
    const { function: name, args } = call;
    const reader = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
    const [first] = args;
    if (reader !== undefined && first?.kind === "literal" && reader(first.value) instanceof CelError) {
      this.#report(first, `invalid ${name} argument`);
    }
    if (name === "format") this.#checkFormat(call);
  }

  #checkFormat({ id, target, args: [list] }: Call): void {
    if (target?.kind !== "literal" || typeof target.value !== "string" || list?.kind !== "list") return;
    const clauses = parseTemplate(target.value).filter((part) => typeof part !== "string");
    for (const [index, clause] of clauses.entries()) {
      const argument = list.elements[index];
      if (argument === undefined) return this.#report({ id }, `index ${String(index)} out of range`);
      if ("problem" in clause) return this.#report({ id }, clause.problem);
      const wrong = this.#findWrong(argument, clause.verb);
      if (wrong === undefined) continue;
      const given = this.#checked.typeOf(wrong).name;
      return this.#report(
        wrong,
        `error during formatting: ${CLAUSE_PROBLEMS[clause.verb]}, was given ${given}`,
      );
    }
    if (list.elements.length > clauses.length) {
      const counts = `expected ${String(clauses.length)}, got ${String(list.elements.length)}`;
      this.#report({ id }, `too many arguments supplied to string.format (${counts})`);
    }
  }

  /** The part of an argument that cannot be formatted. */
  #findWrong(argument: Expression, verb: Verb): Expression | undefined {
    const { kind } = this.#checked.typeOf(argument);
    if (kind !== "dyn" && !KINDS[verb].includes(kind)) return argument;
    if (verb !== "s" || (argument.kind !== "list" && argument.kind !== "map")) return undefined;
    return partsOf(argument)
      .map((part) => this.#findWrong(part, verb))
      .find((each) => each !== undefined);
  }

  #checkList({ elements, optionals }: ListExpression): void {
    const types = elements.map((each, index) => this.#entryType(each, optionals.has(index)));
    const [first] = types;
    const wrong = types.findIndex((type) => first !== undefined && !isEquivalent(first, type));
    const [element, type] = [elements[wrong], types[wrong]];
    if (first !== undefined && element !== undefined && type !== undefined)
      this.#reportType(element, first, type);
  }

  #checkMap({ entries }: MapExpression): void {
    const [first] = entries;
    if (first === undefined) return;
    const [keyType, valueType] = [
      this.#checked.typeOf(first.key),
      this.#entryType(first.value, first.isOptional),
    ];
    for (const { key, value, isOptional } of entries.slice(1)) {
      const types = [this.#checked.typeOf(key), this.#entryType(value, isOptional)] as const;
      if (!isEquivalent(keyType, types[0])) this.#reportType(key, keyType, types[0]);
      if (!isEquivalent(valueType, types[1])) this.#reportType(value, valueType, types[1]);
    }
  }

  #entryType(expression: Expression, isOptionalEntry: boolean): CelType {
    const type = this.#checked.typeOf(expression);
    return isOptionalEntry ? unwrapOptional(type) : type;
  }

  #reportType(at: Expression, expected: CelType, actual: CelType): void {
    this.#report(at, `expected type '${formatType(expected)}' but found '${formatType(actual)}'`);
  }

  #report({ id }: { readonly id: number }, message: string): void {
    this.issues.push({ offset: this.#checked.offsets[id] ?? -1, message });
  }
}

/** Equal, except for types that are not known. */
function isEquivalent(a: CelType, b: CelType): boolean {
  if (a.kind !== b.kind || a.name !== b.name) return false;
  return a.parameters.every((each, index) => {
    const other = b.parameter(index);
    return each.kind === "parameter" || other.kind === "parameter" || isEquivalent(each, other);
  });
}
