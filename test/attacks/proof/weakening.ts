/** A change of one source file. */
export interface Change {
  readonly file: string;
  /** A text that the file has exactly once, and what stands there when the check is gone. */
  readonly replace: readonly [exact: string, weakened: string];
}

/** A server that does not check one thing, and the attacks that get through to it. */
export interface Weakening extends Change {
  /** What is not checked any more. */
  readonly name: string;
  /** The file of the attacks. */
  readonly suite: string;
  /** A regular expression for the names of their tests. */
  readonly attack: string;
  /** What else has to go, where a second check stands behind the first. */
  readonly also?: readonly Change[];
}

export function changesOf({ file, replace, also = [] }: Weakening): readonly Change[] {
  return [{ file, replace }, ...also];
}

/** The sources have changed, and what is said of them has not. */
export class MissingText extends Error {
  override readonly name = "MissingText";
}

/** The text without the check. Throws `MissingText` for one that does not have it exactly once. */
export function weaken(text: string, { file, replace: [exact, weakened] }: Change): string {
  const [before, after, ...more] = text.split(exact);
  if (before === undefined || after === undefined || more.length > 0) {
    const count = text.split(exact).length - 1;
    throw new MissingText(`${file} has ${String(count)} times instead of once: ${exact}`);
  }
  return before + weakened + after;
}
