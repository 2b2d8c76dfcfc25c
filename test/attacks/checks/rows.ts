import type { Change, Weakening } from "../proof/weakening.ts";

export type CheckRow = readonly [
  name: string,
  attack: string,
  file: string,
  exact: string,
  weakened: string,
  ...also: readonly Change[],
];

/** Checks of one suite. */
export function checksOf(suite: string, rows: readonly CheckRow[]): readonly Weakening[] {
  return rows.map(([name, attack, file, exact, weakened, ...also]) => ({
    name,
    suite,
    attack,
    file,
    replace: [exact, weakened],
    also,
  }));
}
