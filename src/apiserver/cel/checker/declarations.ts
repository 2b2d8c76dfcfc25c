import type { FunctionDeclaration } from "../types/function.ts";
import type { CelType } from "../types/type.ts";

/** What is known of types of objects by their names. */
export interface TypeProvider {
  has(type: string): boolean;
  fieldOf(type: string, field: string): CelType | undefined;
}

/** All that an expression can name. */
export interface Declarations {
  readonly functions: ReadonlyMap<string, FunctionDeclaration>;
  readonly variables: ReadonlyMap<string, CelType>;
  /** Types that expressions can name, by those names. */
  readonly types: ReadonlyMap<string, CelType>;
  readonly provider: TypeProvider;
}

export const NO_OBJECT_TYPES: TypeProvider = { has: () => false, fieldOf: () => undefined };
