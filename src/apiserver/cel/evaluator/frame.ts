import { MAX_WORK } from "../cost/work.ts";
import { CostExceeded } from "../values/cost-exceeded.ts";
import { CelError, type Result } from "../values/value.ts";

/** The values that an expression can name; undefined for those that are not given. */
export type Variables = Readonly<Record<string, Result | undefined>>;

/** Computes a part of an expression. */
export type Evaluate = (frame: Frame) => Result;

/** The state of one evaluation. */
export class Frame {
  readonly variables: Variables;
  /** The variables of loops, each in its own place. */
  readonly slots: (Result | Unset)[] = [];
  readonly #limit: number;
  #cost = 0;
  #work = 0;

  constructor(variables: Variables, limit: number) {
    this.variables = variables;
    this.#limit = limit;
  }

  get cost(): number {
    return this.#cost;
  }

  /** Throws `CostExceeded` when there is too little left. */
  spend(cost: number): void {
    this.#cost += cost;
    if (this.#cost > this.#limit) throw new CostExceeded();
  }

  /** As `spend`, for what takes long and costs little. */
  work(amount: number): void {
    this.#work += amount;
    if (this.#work > MAX_WORK) this.spend(this.#limit + 1);
  }
}

/** A variable that is computed when it is first read. */
export class Unset {
  readonly evaluate: Evaluate;

  constructor(evaluate: Evaluate) {
    this.evaluate = evaluate;
  }
}

export function variable(name: string): Evaluate {
  const missing = new CelError(`no such attribute(s): ${name}`);
  return ({ variables }) => {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    return value === undefined ? missing : value;
  };
}

export function slot(index: number): Evaluate {
  return (frame) => {
    const value = frame.slots[index];
    if (!(value instanceof Unset)) return value ?? null;
    const computed = value.evaluate(frame);
    frame.slots[index] = computed;
    return computed;
  };
}
