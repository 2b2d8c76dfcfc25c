/** Lines of context around a change. */
const CONTEXT = 3;

/** Larger differences are shown as a whole, since comparing all pairs of lines would take too long. */
const MAX_PAIRS = 4_000_000;

interface Edit {
  readonly sign: " " | "-" | "+";
  readonly line: string;
}

/**
 * What changed between two values, as `diff -u` shows it for their indented JSON without the names of files
 * (apimachinery `pkg/util/diff`). Empty when they print alike.
 */
export function unifiedDiff(before: unknown, after: unknown): string {
  const edits = diffLines(prettyLines(before), prettyLines(after));
  return hunksOf(edits)
    .map(([start, end]) => formatHunk(edits, start, end))
    .join("");
}

function prettyLines(value: unknown): readonly string[] {
  return JSON.stringify(value ?? null, sortKeys, 1).split("\n");
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The shortest edit script by longest common subsequence; common ends are left out of the quadratic part. */
function diffLines(a: readonly string[], b: readonly string[]): readonly Edit[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let tail = 0;
  while (tail < a.length - start && tail < b.length - start && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  const keep = (line: string) => edit(" ", line);
  return [
    ...a.slice(0, start).map(keep),
    ...diffMiddle(a.slice(start, a.length - tail), b.slice(start, b.length - tail)),
    ...a.slice(a.length - tail).map(keep),
  ];
}

function diffMiddle(a: readonly string[], b: readonly string[]): readonly Edit[] {
  if (a.length * b.length > MAX_PAIRS) {
    return [...a.map((line) => edit("-", line)), ...b.map((line) => edit("+", line))];
  }
  const common = commonLengths(a, b);
  const edits: Edit[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      edits.push(edit(" ", a[i++]));
      j++;
    } else if (i < a.length && (j === b.length || common(i + 1, j) >= common(i, j + 1))) {
      edits.push(edit("-", a[i++]));
    } else {
      edits.push(edit("+", b[j++]));
    }
  }
  return edits;
}

function edit(sign: Edit["sign"], line = ""): Edit {
  return { sign, line };
}

/** How many lines the rest of `a` from i and the rest of `b` from j have in common, in order. */
function commonLengths(a: readonly string[], b: readonly string[]): (i: number, j: number) => number {
  const width = b.length + 1;
  const table = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => table[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      table[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  return at;
}

/** Ranges of edits that belong together, with their context. */
function hunksOf(edits: readonly Edit[]): readonly (readonly [start: number, end: number])[] {
  const hunks: [number, number][] = [];
  for (const [index, { sign }] of edits.entries()) {
    if (sign === " ") continue;
    const start = Math.max(0, index - CONTEXT);
    const end = Math.min(edits.length, index + CONTEXT + 1);
    const last = hunks.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = end;
    else hunks.push([start, end]);
  }
  return hunks;
}

function formatHunk(edits: readonly Edit[], start: number, end: number): string {
  const hunk = edits.slice(start, end);
  const range = (sign: "-" | "+") => {
    const isCounted = (edit: Edit) => edit.sign === " " || edit.sign === sign;
    const before = edits.slice(0, start).filter(isCounted).length;
    const length = hunk.filter(isCounted).length;
    const first = length === 0 ? before : before + 1;
    return length === 1 ? String(first) : `${String(first)},${String(length)}`;
  };
  const lines = hunk.map(({ sign, line }) => `${sign}${line}\n`);
  return `@@ -${range("-")} +${range("+")} @@\n${lines.join("")}`;
}
