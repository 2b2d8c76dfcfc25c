/**
 * Turns checked expressions into functions (cel-go interpreter/planner.go). What is constant is computed here, and
 * costs nothing when the expression runs.
 */
import type { CheckedExpression } from "../checker/checked-expression.ts";
import { COST_BY_RESULT, costOfCall } from "../cost/runtime-cost.ts";
import { workOfCall } from "../cost/work.ts";
import { compilePattern } from "../library/regex.ts";
import {
  type Call,
  type Comprehension,
  type Expression,
  type ListExpression,
  type MapExpression,
  OPERATORS,
  type Select,
} from "../syntax/expression.ts";
import type { FunctionDeclaration } from "../types/function.ts";
import {
  CelError,
  CelTypeValue,
  type CelValue,
  isError,
  NO_SUCH_OVERLOAD,
  type Result,
} from "../values/value.ts";
import { pathOf, type Step, withStep } from "./attribute.ts";
import { listNode, mapNode, structNode } from "./constructors.ts";
import { dispatcher } from "./dispatch.ts";
import { type Evaluate, type Frame, slot, variable } from "./frame.ts";
import { loop } from "./loop.ts";
import {
  attributeNode,
  attributeOf,
  conditionalNode,
  constantOf,
  indexNode,
  type Node,
  ProgramError,
  run,
  withCost,
} from "./node.ts";
import { firstPresent, logic, membership } from "./operators.ts";

/** Throws a `ProgramError`. */
export function planExpression(
  checked: CheckedExpression,
  functions: ReadonlyMap<string, FunctionDeclaration>,
): Evaluate {
  const planner = new Planner(checked, functions);
  return run(planner.plan(checked.expression));
}

/** Functions that are computed beforehand when their argument is constant. */
const CONVERSIONS: ReadonlySet<string> = new Set(
  "bool bytes double duration dyn int string timestamp type uint".split(" "),
);

/** Functions whose second argument is a pattern. */
const MATCHERS: ReadonlySet<string> = new Set(["matches", "find", "findAll"]);

class Planner {
  readonly #checked: CheckedExpression;
  readonly #functions: ReadonlyMap<string, FunctionDeclaration>;
  /** Where the variables of loops are, innermost last. */
  readonly #scopes: ReadonlyMap<string, number>[] = [];
  #slotCount = 0;

  constructor(checked: CheckedExpression, functions: ReadonlyMap<string, FunctionDeclaration>) {
    this.#checked = checked;
    this.#functions = functions;
  }

  plan(expression: Expression): Node {
    switch (expression.kind) {
      case "literal":
        return { kind: "constant", value: expression.value };
      case "identifier":
        return this.#planIdentifier(expression);
      case "select":
        return this.#planSelect(expression);
      case "call":
        return this.#planCall(expression);
      case "list":
        return this.#planList(expression);
      case "map":
        return this.#planMap(expression);
      case "struct":
        return structNode(
          expression.type,
          expression.fields.map(({ name, value, isOptional }) => ({
            name,
            value: this.plan(value),
            isOptional,
          })),
        );
      case "comprehension":
        return { kind: "other", evaluate: this.#planLoop(expression) };
    }
  }

  #planIdentifier(expression: Expression & { readonly kind: "identifier" }): Node {
    const type = this.#checked.typeNamedBy(expression);
    if (type !== undefined) return { kind: "constant", value: new CelTypeValue(type) };
    const { name } = expression;
    const index = this.#scopes.findLast((scope) => scope.has(name))?.get(name);
    return attributeNode(pathOf(index === undefined ? variable(name) : slot(index)));
  }

  #planSelect({ operand, field, isTest }: Select): Node {
    const step: Step = { key: () => field, isOptional: false, isTest };
    return { kind: "attribute", attribute: withStep(attributeOf(this.plan(operand)), step), isTest };
  }

  #planCall(call: Call): Node {
    const operands = call.target === undefined ? call.args : [call.target, ...call.args];
    const nodes = operands.map((each) => this.plan(each));
    const args = nodes.map(run);
    const [first = NOTHING, second = NOTHING] = args;
    switch (call.function) {
      case OPERATORS.and:
        return { kind: "other", evaluate: logic(first, second, false) };
      case OPERATORS.or:
        return { kind: "other", evaluate: logic(first, second, true) };
      case OPERATORS.conditional:
        return conditionalNode(nodes);
      case OPERATORS.notStrictlyFalse:
        return { kind: "other", evaluate: withCost((frame) => first(frame) !== false, 1) };
      case OPERATORS.index:
        return indexNode(nodes, false);
      case OPERATORS.optionalIndex:
      case OPERATORS.optionalSelect:
        return indexNode(nodes, true);
      case "or":
      case "orValue":
        if (this.#overloadId(call)?.startsWith("optional_") === true) {
          return { kind: "other", evaluate: firstPresent(first, second, call.function === "orValue") };
        }
        return this.#planFunction(call, nodes, args);
      default:
        return this.#planFunction(call, nodes, args);
    }
  }

  #planFunction(call: Call, nodes: readonly Node[], args: readonly Evaluate[]): Node {
    const id = this.#overloadId(call);
    if (id === "in_list") {
      const node = membership(nodes);
      if (node !== undefined) return node;
    }
    const declaration = this.#functions.get(call.function);
    if (declaration === undefined) throw new ProgramError(`no such overload: ${call.function}`);
    if (MATCHERS.has(call.function)) checkPattern(nodes[1]);
    const compute = dispatcher(declaration, this.#checked.overloadsOf(call));
    const cost = costOfCall(call.function, id ?? "");
    const work = workOfCall(call.function);
    // What costs too much is not computed, where that is known before.
    const usesResult = COST_BY_RESULT.has(call.function);
    const evaluate: Evaluate = (frame) => {
      const values = evaluateAll(args, frame);
      const failed = values.find(isError);
      if (failed !== undefined && args.length > 2) return failed;
      if (work !== undefined) frame.work(work(values));
      if (!usesResult) frame.spend(cost(values, null));
      const result = failed ?? compute(values as CelValue[]);
      if (usesResult) frame.spend(cost(values, result));
      return result;
    };
    const [only] = nodes;
    const isConstant = CONVERSIONS.has(call.function) && nodes.length === 1 && only?.kind === "constant";
    return isConstant ? constantOf(evaluate) : { kind: "other", evaluate };
  }

  #overloadId(call: Call): string | undefined {
    const overloads = this.#checked.overloadsOf(call);
    return overloads.length === 1 ? overloads[0]?.id : undefined;
  }

  #planList({ elements, optionals }: ListExpression): Node {
    const planned = elements.map((each, index) => ({
      value: this.plan(each),
      isOptional: optionals.has(index),
    }));
    return listNode(planned);
  }

  #planMap({ entries }: MapExpression): Node {
    return mapNode(
      entries.map(({ key, value, isOptional }) => ({
        key: this.plan(key),
        value: this.plan(value),
        isOptional,
      })),
    );
  }

  #planLoop(expression: Comprehension): Evaluate {
    const range = run(this.plan(expression.range));
    const initial = run(this.plan(expression.initial));
    const accumulator = this.#slotCount++;
    const variables = [
      expression.variable,
      ...(expression.variable2 === undefined ? [] : [expression.variable2]),
    ];
    const slots = variables.map((name) => [name, this.#slotCount++] as const);
    this.#scopes.push(new Map([[expression.accumulator, accumulator]]));
    this.#scopes.push(new Map(slots.filter(([name]) => name !== expression.accumulator)));
    const condition = run(this.plan(expression.condition));
    const step = run(this.plan(expression.step));
    this.#scopes.pop();
    const result = run(this.plan(expression.result));
    this.#scopes.pop();
    const [first = 0, second] = slots.map(([, index]) => index);
    return loop({ range, initial, condition, step, result, accumulator, first, second });
  }
}

const NOTHING: Evaluate = () => NO_SUCH_OVERLOAD;

/** All arguments, up to the first error where there are more than two: cel-go computes two at once. */
function evaluateAll(args: readonly Evaluate[], frame: Frame): Result[] {
  const values: Result[] = [];
  for (const each of args) {
    const value = each(frame);
    values.push(value);
    if (isError(value) && args.length > 2) break;
  }
  return values;
}

function checkPattern(node: Node | undefined): void {
  if (node?.kind !== "constant" || typeof node.value !== "string") return;
  const pattern = compilePattern(node.value);
  if (pattern instanceof CelError) throw new ProgramError(pattern.message);
}
