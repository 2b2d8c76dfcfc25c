/**
 * Structures as the messages of Kubernetes print them. It validates objects in Go types of its own, whose fields have
 * no JSON names and are written even where they are empty.
 */

/** The fields in their order, each with what is written where it is absent. */
export interface InternalForm {
  readonly [field: string]: InternalField;
}

/**
 * What is no pointer in Go has a value where it is absent; all else is null. What is inside a structure or a list has a
 * form of its own.
 */
type InternalField = "" | 0 | false | null | InternalForm | readonly [InternalForm];

/** The value to print for a structure of the API. */
export function internalForm(value: object | undefined, form: InternalForm): unknown {
  if (value === undefined) return null;
  const fields = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(form).map(([name, field]) => [name, internalField(fields[jsonName(name)], field)]),
  );
}

function internalField(value: unknown, field: InternalField): unknown {
  if (typeof field !== "object" || field === null) return value ?? field;
  if (value === undefined || value === null) return null;
  if (!isListForm(field)) return internalForm(value, field);
  return (value as readonly object[]).map((item) => internalForm(item, field[0]));
}

function isListForm(field: InternalForm | readonly [InternalForm]): field is readonly [InternalForm] {
  return Array.isArray(field);
}

/** `Key` is `key`, `IP` is `ip`, `CIDRs` is `cidrs` and `GMSACredentialSpec` is `gmsaCredentialSpec`. */
function jsonName(name: string): string {
  return name.replace(/^([A-Z]+(?=[A-Z][a-z]|s?$)|[A-Z])/, (start) => start.toLowerCase());
}
