import type { Chance } from "./chance.ts";

/**
 * What texts of a format are made of: for each name the alternatives, in which `<name>` stands for one of another.
 * The first alternative of a name must end somewhere without going round in a circle. Texts start with `start`.
 */
export type Grammar = Readonly<Record<string, readonly string[]>>;

const NAME = /<([a-z][A-Za-z]*)>/g;

/** Below this depth only first alternatives are taken. */
const MAX_DEPTH = 24;

/** Longer texts come to their end. */
const MAX_EXPANSIONS = 400;

/** A text of the grammar. Throws a RangeError for a name that it does not have. */
export function generate(grammar: Grammar, chance: Chance): string {
  let left = MAX_EXPANSIONS;
  const expand = (name: string, depth: number): string => {
    const alternatives = grammar[name];
    if (alternatives === undefined) throw new RangeError(`The grammar has no "${name}"`);
    left -= 1;
    const isOver = depth > MAX_DEPTH || left < 0;
    const text = isOver ? (alternatives[0] ?? "") : chance.pick(alternatives);
    return text.replace(NAME, (_, inner: string) => expand(inner, depth + 1));
  };
  return expand("start", 0);
}
