import type { CheckedExpression } from "./checker/checked-expression.ts";
import { checkExpression } from "./checker/checker.ts";
import { type Declarations, NO_OBJECT_TYPES, type TypeProvider } from "./checker/declarations.ts";
import { validateLiterals } from "./checker/validators.ts";
import { planExpression } from "./evaluator/planner.ts";
import type { Library } from "./library/library.ts";
import { Program } from "./program.ts";
import { type MacroTable, macroTable } from "./syntax/macro.ts";
import { parseExpression } from "./syntax/parse-expression.ts";
import type { FunctionDeclaration, Overload } from "./types/function.ts";
import type { CelType } from "./types/type.ts";

/** Names and types that an environment has besides those of its libraries. */
export interface EnvironmentVariables {
  readonly variables: Readonly<Record<string, CelType>>;
  /** Knows the objects among the types. */
  readonly provider?: TypeProvider;
}

/** What expressions are compiled with. Making one of libraries takes milliseconds; adding variables takes none. */
export class Environment {
  readonly #declarations: Declarations;
  readonly #macros: MacroTable;

  private constructor(declarations: Declarations, macros: MacroTable) {
    this.#declarations = declarations;
    this.#macros = macros;
  }

  static of(libraries: readonly Library[]): Environment {
    const types = libraries.flatMap(({ types: each = [] }) => each);
    return new Environment(
      {
        functions: mergeFunctions(libraries.flatMap(({ functions }) => functions)),
        variables: new Map(),
        types: new Map(types.map((type) => [type.name, type])),
        provider: NO_OBJECT_TYPES,
      },
      macroTable(libraries.flatMap(({ macros = [] }) => macros)),
    );
  }

  /** The environment with these variables, in the place of any others. */
  with({ variables, provider = NO_OBJECT_TYPES }: EnvironmentVariables): Environment {
    const named = new Map(Object.entries(variables));
    return new Environment({ ...this.#declarations, variables: named, provider }, this.#macros);
  }

  /** Throws an `ExpressionError` when an expression makes no sense. */
  check(text: string): CheckedExpression {
    const checked = checkExpression(parseExpression(text, this.#macros), this.#declarations);
    validateLiterals(checked);
    return checked;
  }

  /** Throws a `ProgramError` when an expression can never run. */
  program(checked: CheckedExpression): Program {
    return new Program(planExpression(checked, this.#declarations.functions));
  }
}

/** Libraries add overloads to each other's functions. */
function mergeFunctions(declared: readonly FunctionDeclaration[]): ReadonlyMap<string, FunctionDeclaration> {
  const overloads = new Map<string, readonly Overload[]>();
  for (const { name, overloads: added } of declared) {
    overloads.set(name, [...(overloads.get(name) ?? []), ...added]);
  }
  return new Map([...overloads].map(([name, each]) => [name, { name, overloads: each }]));
}
