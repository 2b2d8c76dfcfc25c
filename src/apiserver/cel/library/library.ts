import type { Macro } from "../syntax/macro.ts";
import type { FunctionDeclaration } from "../types/function.ts";
import type { CelType } from "../types/type.ts";

/** Functions, macros and types that expressions can use. */
export interface Library {
  readonly functions: readonly FunctionDeclaration[];
  readonly macros?: readonly Macro[];
  /** Types that expressions can name. */
  readonly types?: readonly CelType[];
}
