import type { CelValue, Result } from "../values/value.ts";
import type { CelType } from "./type.ts";

/** One way to call a function. `id` is cel-go's: costs are kept by it. */
export interface Overload {
  readonly id: string;
  /** For methods, the first one is what the method is called on. */
  readonly args: readonly CelType[];
  readonly result: CelType;
  readonly isMethod: boolean;
  /** Whether the implementation tells by itself which values it takes. */
  readonly isUnguarded?: true;
  /** Undefined for what the evaluator does itself, such as `&&`. */
  readonly call?: Implementation;
}

/** Arguments are never errors, and of the types that are declared unless those are generic. */
export type Implementation = (...args: readonly CelValue[]) => Result;

export interface FunctionDeclaration {
  readonly name: string;
  readonly overloads: readonly Overload[];
}

/**
 * Declares an overload; `Args` are the types that the implementation relies on. What it does not rely on is checked
 * when an expression runs, as far as the declared types tell.
 */
export function overload<Args extends readonly CelValue[]>(
  id: string,
  args: readonly CelType[],
  result: CelType,
  call?: (...args: Args) => Result,
): Overload {
  return { id, args, result, isMethod: false, ...(call && { call: call as unknown as Implementation }) };
}

/** As `overload`, for what is called as a method of its first argument. */
export function method<Args extends readonly CelValue[]>(
  id: string,
  args: readonly CelType[],
  result: CelType,
  call?: (...args: Args) => Result,
): Overload {
  return { ...overload(id, args, result, call), isMethod: true };
}

/** An overload whose implementation takes whatever values there are. */
export function unguarded(declared: Overload): Overload {
  return { ...declared, isUnguarded: true };
}

export function declare(name: string, ...overloads: readonly Overload[]): FunctionDeclaration {
  return { name, overloads };
}

/** A function that is computed in one way whatever its arguments are. */
export function uniform(
  name: string,
  call: Implementation | undefined,
  ...overloads: readonly (readonly [id: string, result: CelType, ...args: CelType[]])[]
): FunctionDeclaration {
  return declare(name, ...overloads.map(([id, result, ...args]) => overload(id, args, result, call)));
}
