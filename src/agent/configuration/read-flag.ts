import { type ReadValue, type Refusal, refuse } from "./argument-values.ts";

/** The flags of a component of Kubernetes, by their names. */
export interface ComponentFlags<Args> {
  /** As messages name it. */
  readonly component: string;
  /** A flag that it has, with a value. */
  readonly example: string;
  readonly taken: Readonly<Record<string, ReadValue<Args>>>;
  readonly refused: Readonly<Record<string, Refusal>>;
}

/** The name and the value of an argument such as `max-pods=50`, with dashes or without. Throws a RangeError for one without a value. */
export function splitFlag(
  { component, example }: Pick<ComponentFlags<unknown>, "component" | "example">,
  text: string,
): readonly [name: string, value: string] {
  const [, name = "", value] = /^(?:--)?([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
  if (value === undefined)
    throw new RangeError(`must be a flag of ${component} with = and its value, such as ${example}`);
  return [name, value];
}

/** What a flag says; nothing where it says what is done anyway. Throws a RangeError that says what it must be. */
export function readFlag<Args extends object>(
  { component, example, taken, refused }: ComponentFlags<Args>,
  name: string,
  value: string,
): Partial<Args> {
  if (Object.hasOwn(taken, name)) return taken[name]?.(value) ?? {};
  const refusal = Object.hasOwn(refused, name) ? refused[name] : undefined;
  if (refusal === undefined)
    throw new RangeError(`must be a flag of ${component}, such as ${example}: unknown flag --${name}`);
  refuse(refusal, value);
  return {};
}
