/** k8s.io/apiserver pkg/cel/library/regex.go. */
import { declare, method } from "../types/function.ts";
import { INT, listType, STRING } from "../types/type.ts";
import { ValueList } from "../values/list.ts";
import { CelError, type Result } from "../values/value.ts";
import type { Library } from "./library.ts";
import { compilePattern } from "./regex.ts";

export const findLibrary: Library = {
  functions: [
    declare(
      "find",
      method("string_find_string", [STRING, STRING], STRING, (text: string, pattern: string) => {
        const found = findAll(text, pattern, 1);
        return found instanceof CelError ? found : (found[0] ?? "");
      }),
    ),
    declare(
      "findAll",
      method("string_find_all_string", [STRING, STRING], listType(STRING), (text: string, pattern: string) =>
        asList(findAll(text, pattern, -1)),
      ),
      method(
        "string_find_all_string_int",
        [STRING, STRING, INT],
        listType(STRING),
        (text: string, pattern: string, limit: bigint) => asList(findAll(text, pattern, Number(limit))),
      ),
    ),
  ],
};

/** The texts that a pattern matches, at most `limit` of them if that is not negative. */
function findAll(text: string, pattern: string, limit: number): readonly string[] | CelError {
  const expression = compilePattern(pattern);
  if (expression instanceof CelError) return new CelError(`Illegal regex: ${expression.message}`);
  const matcher = expression.matcher(text);
  const found: string[] = [];
  while (found.length !== limit && matcher.find()) found.push(matcher.group() ?? "");
  return found;
}

function asList(found: readonly string[] | CelError): Result {
  return found instanceof CelError ? found : new ValueList(found);
}
