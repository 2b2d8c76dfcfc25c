/** Evaluates expressions about requests (k8s.io/apiserver pkg/admission/plugin/cel/activation.go, composition.go). */
import type { Variables } from "../cel/evaluator/frame.ts";
import { PER_CALL_LIMIT } from "../cel/kubernetes-environment.ts";
import { CelMap } from "../cel/values/map.ts";
import { CelError, type CelValue, type Result } from "../cel/values/value.ts";
import type { AdmissionProgram } from "./admission-compiler.ts";

export type Evaluated =
  | { readonly value: CelValue; readonly problem?: undefined }
  | { readonly value?: undefined; readonly problem: string };

/** The expressions that are evaluated together have cost too much. */
export class OutOfBudget extends Error {
  constructor() {
    super("validation failed due to running out of cost budget, no further validation rules will be run");
  }
}

/** What `variables` are made of, by name. */
export type VariablePrograms = ReadonlyMap<string, AdmissionProgram>;

/** One evaluation of several expressions over the same values, which share a budget and the values of `variables`. */
export class Evaluation {
  readonly #values: Variables;
  #left: number;
  #spent = 0;

  constructor(values: Variables, variables: VariablePrograms, budget: number) {
    const compute = (program: AdmissionProgram) => this.#run(program);
    this.#values = { ...values, variables: new LazyVariables(variables, compute) };
    this.#left = budget;
  }

  get budgetLeft(): number {
    return this.#left;
  }

  /** Throws an `OutOfBudget`. */
  evaluate(program: AdmissionProgram): Evaluated {
    if (program.program === undefined) return { problem: `compilation error: ${program.problem}` };
    const result = this.#run(program);
    this.#left -= this.#spent;
    this.#spent = 0;
    if (this.#left < 0) throw new OutOfBudget();
    if (!(result instanceof CelError)) return { value: result };
    return { problem: `expression '${program.text}' resulted in error: ${result.message}` };
  }

  #run({ program, problem }: AdmissionProgram): Result {
    if (program === undefined) return new CelError(problem);
    const evaluation = program.evaluate(this.#values, PER_CALL_LIMIT);
    this.#spent += evaluation.cost;
    return "problem" in evaluation ? new CelError(evaluation.problem) : evaluation.value;
  }
}

/** `variables`, each of which is computed when it is first asked for. */
class LazyVariables extends CelMap {
  readonly #programs: VariablePrograms;
  readonly #compute: (program: AdmissionProgram) => Result;
  readonly #known = new Map<string, Result>();

  constructor(programs: VariablePrograms, compute: (program: AdmissionProgram) => Result) {
    super();
    this.#programs = programs;
    this.#compute = compute;
  }

  get size(): number {
    return this.#programs.size;
  }

  find(key: CelValue): Result | undefined {
    if (typeof key !== "string") return undefined;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const program = this.#programs.get(key);
    if (program === undefined) return undefined;
    const value = this.#valueOf(key, program);
    this.#known.set(key, value);
    return value;
  }

  keys(): Iterable<CelValue> {
    return this.#programs.keys();
  }

  #valueOf(name: string, program: AdmissionProgram): Result {
    if (program.program === undefined) {
      return new CelError(`composited variable "${name}" fails to compile: ${program.problem}`);
    }
    const value = this.#compute(program);
    if (!(value instanceof CelError)) return value;
    return new CelError(`composited variable "${name}" fails to evaluate: ${value.message}`);
  }
}
