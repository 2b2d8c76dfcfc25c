import { type Evaluate, Frame, type Variables } from "./evaluator/frame.ts";
import { CostExceeded } from "./values/cost-exceeded.ts";
import { CelError, type CelValue, isError } from "./values/value.ts";

/** The value of an expression or why it has none, in cel-go's words, and what finding out has cost. */
export type Evaluation = { readonly cost: number } & (
  | { readonly value: CelValue }
  | { readonly problem: string }
);

/** An expression that can be evaluated any number of times. */
export class Program {
  readonly #evaluate: Evaluate;

  constructor(evaluate: Evaluate) {
    this.#evaluate = evaluate;
  }

  /** Stops when it has cost more than `limit`. */
  evaluate(variables: Variables, limit: number): Evaluation {
    const frame = new Frame(variables, limit);
    const result = this.#run(frame);
    return isError(result)
      ? { problem: result.message, cost: frame.cost }
      : { value: result, cost: frame.cost };
  }

  #run(frame: Frame): ReturnType<Evaluate> {
    try {
      return this.#evaluate(frame);
    } catch (error) {
      if (error instanceof CostExceeded) return new CelError(error.message);
      throw error;
    }
  }
}
