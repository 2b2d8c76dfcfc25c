/** What expressions call fields whose names are no identifiers of CEL (k8s.io/apiserver pkg/cel/escaping.go). */

const RESERVED: ReadonlySet<string> = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

const ESCAPES: Readonly<Record<string, string>> = {
  __: "__underscores__",
  ".": "__dot__",
  "-": "__dash__",
  "/": "__slash__",
};

const NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries(ESCAPES).map(([text, name]) => [name, text]),
);

export function isReserved(name: string): boolean {
  return RESERVED.has(name);
}

/** Undefined for fields that no expression can name. */
export function escapeName(name: string): string | undefined {
  if (RESERVED.has(name)) return `__${name}__`;
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !name.includes("__")) return name;
  if (!/^[A-Za-z_./-][A-Za-z0-9_./-]*$/.test(name)) return undefined;
  return name.replace(/__|[.\-/]/g, (part) => ESCAPES[part] ?? part);
}

/** The field that a name means; undefined when it means none. */
export function unescapeName(escaped: string): string | undefined {
  if (!escaped.includes("__")) return escaped;
  let isValid = true;
  const name = escaped.replace(/__[^_]+__/g, (part) => {
    const text = NAMES.get(part);
    if (text !== undefined) return text;
    const word = part.slice(2, -2);
    isValid &&= RESERVED.has(word) && part === escaped;
    return word;
  });
  return isValid ? name : undefined;
}
