/** Finds the types of expressions (cel-go checker/checker.go, with literals of one type and numbers compared freely). */
import {
  type Call,
  type Comprehension,
  type Expression,
  type Identifier,
  type ListExpression,
  type MapExpression,
  OPERATORS,
  type Select,
  type StructExpression,
  type StructField,
} from "../syntax/expression.ts";
import { ExpressionError } from "../syntax/issue.ts";
import type { ParsedExpression } from "../syntax/parse-expression.ts";
import type { Overload } from "../types/function.ts";
import {
  BOOL,
  type CelType,
  ERROR,
  formatType,
  isOptional,
  listType,
  mapType,
  objectType,
  optionalType,
  STRING,
  unwrapOptional,
} from "../types/type.ts";
import { CheckedExpression } from "./checked-expression.ts";
import type { Declarations } from "./declarations.ts";
import { Inference } from "./inference.ts";
import { NameResolver } from "./name-resolver.ts";
import { literalType, qualifiedName } from "./names.ts";
import { fieldType, loopVariables } from "./part-types.ts";
import { resolveCall } from "./resolve-call.ts";

/** Throws an `ExpressionError` with all that does not fit. */
export function checkExpression(parsed: ParsedExpression, declarations: Declarations): CheckedExpression {
  return new Checker(parsed, declarations).check();
}

class Checker {
  readonly #parsed: ParsedExpression;
  readonly #declarations: Declarations;
  readonly #inference: Inference;
  readonly #overloads = new Map<number, readonly Overload[]>();
  readonly #names: NameResolver;

  constructor(parsed: ParsedExpression, declarations: Declarations) {
    this.#parsed = parsed;
    this.#declarations = declarations;
    this.#inference = new Inference(parsed.offsets);
    this.#names = new NameResolver(declarations, this.#inference);
  }

  check(): CheckedExpression {
    const expression = this.#check(this.#parsed.expression);
    const { issues } = this.#inference;
    if (issues.length > 0) throw new ExpressionError(this.#parsed.text, issues, this.#parsed.offsets.length);
    return new CheckedExpression(
      { ...this.#parsed, expression },
      { types: this.#inference.finished(), overloads: this.#overloads, ...this.#names.found },
    );
  }

  #check(expression: Expression): Expression {
    switch (expression.kind) {
      case "literal":
        this.#inference.setType(expression, literalType(expression.value));
        return expression;
      case "identifier":
        return this.#checkIdentifier(expression);
      case "select":
        return this.#checkSelect(expression);
      case "call":
        return this.#checkCall(expression);
      case "list":
        return this.#checkList(expression);
      case "map":
        return this.#checkMap(expression);
      case "struct":
        return this.#checkStruct(expression);
      case "comprehension":
        return this.#checkComprehension(expression);
    }
  }

  #checkIdentifier(expression: Identifier): Expression {
    const found = this.#names.resolve(expression, expression.name);
    if (found !== undefined) return found;
    this.#inference.setType(expression, ERROR);
    this.#inference.reportUndeclared(expression, expression.name);
    return expression;
  }

  #checkSelect(expression: Select): Expression {
    const qualified = expression.isTest ? undefined : qualifiedName(expression);
    const found = qualified === undefined ? undefined : this.#names.resolve(expression, qualified);
    if (found !== undefined) return found;
    const operand = this.#check(expression.operand);
    const type = this.#fieldType(expression, operand, expression.field, false);
    this.#inference.setType(expression, expression.isTest ? BOOL : type);
    return { ...expression, operand };
  }

  #fieldType(at: Expression, operand: Expression, field: string, isOptionalSelect: boolean): CelType {
    const type = this.#inference.known(this.#inference.typeOf(operand));
    const target = unwrapOptional(type);
    const found = fieldType(at, { target, field, provider: this.#declarations.provider }, this.#inference);
    return isOptional(type) || isOptionalSelect ? optionalType(found) : found;
  }

  #checkCall(expression: Call): Expression {
    if (expression.function === OPERATORS.optionalSelect) return this.#checkOptionalSelect(expression);
    const args = expression.args.map((each) => this.#check(each));
    const { target } = expression;
    if (target === undefined) return this.#checkFunction({ ...expression, args });
    const prefix = qualifiedName(target);
    const qualified =
      prefix === undefined ? undefined : `${prefix}.${expression.function}`.replace(/^\./, "");
    if (qualified !== undefined && this.#declarations.functions.has(qualified)) {
      const { id, kind } = expression;
      return this.#checkFunction({ kind, id, function: qualified, args });
    }
    const call = { ...expression, args, target: this.#check(target) };
    return this.#resolveCall(call);
  }

  #checkFunction(call: Call): Expression {
    return this.#resolveCall({ ...call, function: call.function.replace(/^\./, "") }, call.function);
  }

  #resolveCall(call: Call, written = call.function): Call {
    const declaration = this.#declarations.functions.get(call.function);
    if (declaration === undefined) {
      this.#inference.setType(call, ERROR);
      this.#inference.reportUndeclared(call, written);
      return call;
    }
    const { type, overloads } = resolveCall(call, declaration, this.#inference);
    this.#inference.setType(call, type);
    this.#overloads.set(call.id, overloads);
    return call;
  }

  #checkOptionalSelect(expression: Call): Expression {
    const [operand, field] = expression.args;
    if (operand === undefined || field?.kind !== "literal" || typeof field.value !== "string") {
      this.#inference.report(field ?? expression, "unsupported optional field selection");
      this.#inference.setType(expression, ERROR);
      return expression;
    }
    const checked = this.#check(operand);
    this.#inference.setType(expression, this.#fieldType(expression, checked, field.value, true));
    const { overloads = [] } = this.#declarations.functions.get(OPERATORS.optionalSelect) ?? {};
    this.#overloads.set(expression.id, overloads);
    this.#inference.setType(field, STRING);
    return { ...expression, args: [checked, field] };
  }

  #checkList(expression: ListExpression): Expression {
    let type: CelType | undefined;
    const elements = expression.elements.map((each, index) => {
      const element = this.#check(each);
      const own = this.#entryType(element, expression.optionals.has(index));
      type = this.#inference.join(type, own);
      return element;
    });
    this.#inference.setType(expression, listType(type ?? this.#inference.newParameter()));
    return { ...expression, elements };
  }

  #checkMap(expression: MapExpression): Expression {
    let keyType: CelType | undefined;
    let valueType: CelType | undefined;
    const entries = expression.entries.map((entry) => {
      const key = this.#check(entry.key);
      keyType = this.#inference.join(keyType, this.#inference.typeOf(key));
      const value = this.#check(entry.value);
      valueType = this.#inference.join(valueType, this.#entryType(value, entry.isOptional));
      return { ...entry, key, value };
    });
    this.#inference.setType(
      expression,
      mapType(keyType ?? this.#inference.newParameter(), valueType ?? this.#inference.newParameter()),
    );
    return { ...expression, entries };
  }

  /** The type of an element or value; of what is in it when it is left out if there is nothing. */
  #entryType(expression: Expression, isOptionalEntry: boolean): CelType {
    const type = this.#inference.typeOf(expression);
    if (!isOptionalEntry) return type;
    if (!isOptional(type) && type.kind !== "dyn") {
      this.#inference.reportMismatch(expression, optionalType(type), type);
    }
    return unwrapOptional(type);
  }

  /** Objects can be made of the types that are declared with their fields, and of no others. */
  #checkStruct(expression: StructExpression): Expression {
    const name = expression.type.replace(/^\./, "");
    if (!this.#declarations.provider.has(name)) {
      this.#inference.setType(expression, ERROR);
      const isKnown = this.#declarations.types.has(name);
      if (isKnown) this.#inference.report(expression, `'${name}' is not a message type`);
      else this.#inference.reportUndeclared(expression, expression.type);
      return expression;
    }
    this.#inference.setType(expression, objectType(name));
    const fields = expression.fields.map((field) => this.#checkStructField(field, name));
    return { ...expression, type: name, fields };
  }

  #checkStructField(field: StructField, type: string): StructField {
    const value = this.#check(field.value);
    const given = this.#inference.known(this.#inference.typeOf(value));
    const found = field.isOptional ? unwrapOptional(given) : given;
    const wanted = this.#declarations.provider.fieldOf(type, field.name);
    if (wanted === undefined) this.#inference.report(field, `undefined field '${field.name}'`);
    else if (!this.#inference.isAssignable(wanted, found)) {
      const types = `'${formatType(wanted)}' but provided type is '${formatType(found)}'`;
      this.#inference.report(field, `expected type of field '${field.name}' is ${types}`);
    }
    return { ...field, value };
  }

  #checkComprehension(expression: Comprehension): Expression {
    const range = this.#check(expression.range);
    const initial = this.#check(expression.initial);
    const accumulated = this.#inference.typeOf(initial);
    const variables = loopVariables(expression, range, this.#inference);
    this.#names.push(new Map([[expression.accumulator, accumulated]]));
    this.#names.push(variables);
    const condition = this.#check(expression.condition);
    this.#inference.assert(condition, BOOL);
    const step = this.#check(expression.step);
    this.#inference.assert(step, accumulated);
    this.#names.pop();
    const result = this.#check(expression.result);
    this.#names.pop();
    this.#inference.setType(expression, this.#inference.known(this.#inference.typeOf(result)));
    return { ...expression, range, initial, condition, step, result };
  }
}
