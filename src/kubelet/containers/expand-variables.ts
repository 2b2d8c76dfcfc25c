/** A reference with its dollar sign, an escaped dollar sign, or a lone one. */
const REFERENCE = /\$(?:\$|\(([^)]*)\)|)/g;

/**
 * Replaces `$(NAME)` by the variable's value; a name that has none is left as it is, and `$$` is a dollar sign
 * (third_party `golang/expansion`).
 */
export function expandVariables(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(REFERENCE, (match, name: string | undefined) => {
    if (match === "$$") return "$";
    return name === undefined ? match : (variables.get(name) ?? match);
  });
}

/** As `expandVariables`, where a name without a value is an error; the names of such. */
export function missingVariables(text: string, variables: ReadonlyMap<string, string>): readonly string[] {
  return [...text.matchAll(REFERENCE)].flatMap(([, name]) =>
    name === undefined || variables.has(name) ? [] : [name],
  );
}
