/** What an expression costs at least and at most, whatever it is evaluated with (cel-go checker/cost.go). */
import type { CheckedExpression } from "../checker/checked-expression.ts";
import type { Call, Comprehension, Expression } from "../syntax/expression.ts";
import { estimateCall } from "./call-estimates.ts";
import { type Estimate, fixed, ONE, product, sum, UNBOUNDED, UNKNOWN, union, ZERO } from "./estimate.ts";
import { KnownSizes, type SizeOfPath, unionEntries } from "./known-sizes.ts";
import { LIST_COST, MAP_COST, STRUCT_COST } from "./runtime-cost.ts";
import type { Argument, CallEstimate } from "./text-estimates.ts";

export function estimateCost(checked: CheckedExpression, sizeOfPath: SizeOfPath): Estimate {
  return new Coster(checked, sizeOfPath).costOf(checked.expression);
}

/** What overloads for an index add to the path of what they select from. */
const STEPS: Readonly<Record<string, string>> = { index_list: "@items", index_map: "@values" };

class Coster {
  readonly #checked: CheckedExpression;
  readonly #known: KnownSizes;

  constructor(checked: CheckedExpression, sizeOfPath: SizeOfPath) {
    this.#checked = checked;
    this.#known = new KnownSizes(checked, sizeOfPath);
  }

  costOf(expression: Expression): Estimate {
    switch (expression.kind) {
      case "literal":
        return ZERO;
      case "identifier":
        this.#known.setPath(expression, this.#known.local(expression.name)?.path ?? [expression.name]);
        return ONE;
      case "select":
        return this.#costOfSelect(expression);
      case "call":
        return this.#costOfCall(expression);
      case "list":
        return this.#costOfList(expression);
      case "map":
        return this.#costOfMap(expression);
      case "struct":
        return sum(...expression.fields.map(({ value }) => this.costOf(value)), fixed(STRUCT_COST));
      case "comprehension":
        return isBinding(expression) ? this.#costOfBinding(expression) : this.#costOfLoop(expression);
    }
  }

  #costOfSelect({ id, operand, field, isTest }: Expression & { readonly kind: "select" }): Estimate {
    const cost = this.costOf(operand);
    if (isTest) return cost;
    this.#known.setPath({ id }, [...this.#known.pathOf(operand), field]);
    const { kind } = this.#checked.typeOf(operand);
    return kind === "map" || kind === "object" || kind === "parameter" ? sum(cost, ONE) : cost;
  }

  /** Of an element of a list, or a value of a map. */
  #sizeOfPart(call: Call, container: Expression, step: string): Estimate | undefined {
    this.#known.setPath(call, [...this.#known.pathOf(container), step]);
    return this.#known.entriesOf(container)?.value;
  }

  #costOfCall(call: Call): Estimate {
    const [only] = call.args;
    if (call.function === "dyn" && only !== undefined) {
      const cost = sum(ONE, this.costOf(only));
      this.#known.copySizes(call, only);
      return cost;
    }
    const costs = call.args.map((each) => this.costOf(each));
    const args = call.args.map((each) => this.#known.argumentOf(each));
    const overloads = this.#checked.overloadsOf(call);
    const target = call.target && { cost: this.costOf(call.target), ...this.#known.argumentOf(call.target) };
    let cost: Estimate = { min: UNBOUNDED, max: 0 };
    let size: Estimate | undefined;
    for (const { id } of overloads) {
      const estimate = this.#estimate(call, id, { target, args, costs });
      cost = union(cost, estimate.cost);
      if (estimate.size !== undefined) size = size === undefined ? estimate.size : union(size, estimate.size);
      const step = STEPS[id];
      if (step !== undefined && only !== undefined) size = this.#sizeOfPart(call, only, step);
      size ??= this.#known.sizeOf(call);
    }
    if (overloads.length === 0) return ZERO;
    this.#known.setSize(call, size);
    return sum(target?.cost ?? ZERO, cost);
  }

  #estimate(
    call: Call,
    overload: string,
    known: {
      readonly target: Argument | undefined;
      readonly args: readonly Argument[];
      readonly costs: readonly Estimate[];
    },
  ): CallEstimate {
    const { target, args, costs } = known;
    const [first = ZERO, second = ZERO, third = ZERO] = costs;
    switch (overload) {
      case "logical_and":
      case "logical_or":
        return { cost: { min: first.min, max: sum(first, second).max } };
      case "conditional": {
        const [, then, otherwise] = call.args;
        if (then === undefined || otherwise === undefined) return { cost: ZERO };
        this.#known.setEntries(
          call,
          unionEntries(this.#known.entriesOf(then), this.#known.entriesOf(otherwise)),
        );
        const size = union(this.#known.sizeOf(then) ?? UNKNOWN, this.#known.sizeOf(otherwise) ?? UNKNOWN);
        return { cost: sum(first, union(second, third)), size };
      }
      default: {
        if (overload === "add_list" || overload === "add_string" || overload === "add_bytes") {
          const [left, right] = call.args.map((each) => this.#known.entriesOf(each));
          this.#known.setEntries(call, unionEntries(left, right));
        }
        const estimate = estimateCall({ function: call.function, overload, target, args });
        return { cost: sum(estimate.cost, ...costs), size: estimate.size };
      }
    }
  }

  #costOfList(expression: Expression & { readonly kind: "list" }): Estimate {
    const { elements } = expression;
    const costs = elements.map((each) => this.costOf(each));
    const value = this.#known.sizeOfAny(elements);
    this.#known.setEntries(expression, { container: "list", key: fixed(1), value });
    return sum(...costs, fixed(LIST_COST));
  }

  #costOfMap(expression: Expression & { readonly kind: "map" }): Estimate {
    const { entries } = expression;
    const costs = entries.flatMap(({ key, value }) => [this.costOf(key), this.costOf(value)]);
    const key = this.#known.sizeOfAny(entries.map((entry) => entry.key));
    const value = this.#known.sizeOfAny(entries.map((entry) => entry.value));
    this.#known.setEntries(expression, { container: "map", key, value });
    return sum(...costs, fixed(MAP_COST));
  }

  #costOfLoop(expression: Comprehension): Estimate {
    const { range, initial, condition, step, result, accumulator, variable, variable2 } = expression;
    const before = sum(this.costOf(range), this.costOf(initial));
    this.#known.push(accumulator, {
      path: this.#known.pathOf(initial),
      size: this.#known.sizeOf(initial),
      entries: this.#known.entriesOf(initial),
    });
    if (variable2 === undefined) this.#known.push(variable, this.#known.elementOf(range));
    else {
      this.#known.push(variable, this.#known.keyOf(range));
      this.#known.push(variable2, this.#known.valueOf(range));
    }
    const each = sum(this.costOf(step), this.costOf(condition));
    this.#known.pop(variable);
    if (variable2 !== undefined) this.#known.pop(variable2);
    const after = this.costOf(result);
    this.#known.pop(accumulator);
    const count = this.#known.sizeOf(range) ?? UNKNOWN;
    this.#known.setLoopSize(expression, count);
    return sum(before, after, product(count, each));
  }

  #costOfBinding(expression: Comprehension): Estimate {
    const { range, initial, result, accumulator } = expression;
    const before = sum(this.costOf(range), this.costOf(initial));
    this.#known.push(accumulator, {
      path: this.#known.pathOf(initial),
      size: this.#known.sizeOf(initial),
      entries: this.#known.entriesOf(initial),
    });
    const cost = sum(before, this.costOf(result));
    this.#known.pop(accumulator);
    this.#known.copySizes(expression, result);
    return cost;
  }
}

/** Whether a loop only gives a value a name. */
function isBinding({ range, condition, accumulator }: Comprehension): boolean {
  const isEmpty = range.kind === "list" && range.elements.length === 0;
  const isNever = condition.kind === "literal" && condition.value === false;
  return isEmpty && isNever && accumulator !== "__result__";
}
