/** Finds what to call when an expression runs (cel-go common/decls `FunctionDecl.Bindings`). */
import type { FunctionDeclaration, Implementation, Overload } from "../types/function.ts";
import type { CelType } from "../types/type.ts";
import { isList } from "../values/list.ts";
import { isMap } from "../values/map.ts";
import { CelError, type CelValue, isError, type Result, runtimeType } from "../values/value.ts";

/** Calls the overload that was found when the expression was checked, or the one that fits when it is called. */
export function dispatcher(
  { name, overloads }: FunctionDeclaration,
  found: readonly Overload[],
): (args: readonly CelValue[]) => Result {
  const candidates = found.length === 1 ? found : overloads;
  const callable = candidates.flatMap((each): { overload: Overload; call: Implementation }[] =>
    each.call === undefined ? [] : [{ overload: each, call: each.call }],
  );
  const [only] = callable;
  if (only !== undefined && callable.every(({ call }) => call === only.call)) {
    // All overloads are computed in the same way, which tells by itself what does not fit.
    const { call } = only;
    return (args) =>
      fits(only.overload, args) || callable.some((each) => fits(each.overload, args))
        ? call(...args)
        : noOverload(name, args);
  }
  return (args) => {
    const chosen = callable.find(({ overload }) => fits(overload, args));
    return chosen === undefined ? noOverload(name, args) : chosen.call(...args);
  };
}

function fits({ args: types, isUnguarded }: Overload, args: readonly CelValue[]): boolean {
  if (types.length !== args.length) return false;
  return isUnguarded === true || types.every((type, index) => isOf(type, args[index] ?? null));
}

function isOf(type: CelType, value: CelValue): boolean {
  if (type.kind === "dyn" || type.kind === "parameter") return true;
  if (type.kind === "list") {
    return isList(value) && (value.size === 0 || isResultOf(type.parameter(0), value.get(0)));
  }
  if (type.kind === "map") {
    if (!isMap(value)) return false;
    const [key] = value.keys();
    return (
      key === undefined || (isOf(type.parameter(0), key) && isResultOf(type.parameter(1), value.find(key)))
    );
  }
  const actual = runtimeType(value);
  return actual.kind === type.kind && actual.name === type.name;
}

/** Of lists and maps, what comes first stands for all. */
function isResultOf(type: CelType, result: Result | undefined): boolean {
  return result !== undefined && !isError(result) && isOf(type, result);
}

function noOverload(name: string, args: readonly CelValue[]): CelError {
  return new CelError(`no such overload: ${name}(${args.map((each) => runtimeType(each).name).join(", ")})`);
}
