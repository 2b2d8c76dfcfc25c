import { characters, textSize } from "../values/text.ts";

/** One thing that is wrong with an expression. `offset` counts UTF-16 units of its text; -1 is no place in it. */
export interface Issue {
  readonly offset: number;
  readonly message: string;
}

/** An expression that cannot be compiled. The message lists what is wrong as cel-go prints it. */
export class ExpressionError extends SyntaxError {
  override readonly name = "ExpressionError";
  readonly issues: readonly Issue[];
  /** How many parts of the expression had been made until then. */
  readonly parts: number;

  constructor(text: string, issues: readonly Issue[], parts = 0) {
    super(formatIssues(text, issues));
    this.issues = issues;
    this.parts = parts;
  }
}

/** Lines that are longer are not shown. */
const MAX_SNIPPET_BYTES = 16384;
const MAX_ISSUES = 100;

function formatIssues(text: string, issues: readonly Issue[]): string {
  const shown = issues.slice(0, MAX_ISSUES).toSorted((a, b) => a.offset - b.offset);
  const rest = issues.length - shown.length;
  return [
    ...shown.map((issue) => formatIssue(text, issue)),
    ...(rest > 0 ? [`${String(rest)} more errors were truncated`] : []),
  ].join("\n");
}

function formatIssue(text: string, { offset, message }: Issue): string {
  if (offset < 0) return `ERROR: <input>:-1:0: ${message}`;
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  const start = before.lastIndexOf("\n") + 1;
  const column = textSize(text.slice(start, offset));
  const head = `ERROR: <input>:${String(line)}:${String(column + 1)}: ${message}`;
  const snippet = (text.slice(start).split("\n")[0] ?? "").replaceAll("\t", " ");
  if (Buffer.byteLength(snippet) > MAX_SNIPPET_BYTES) return head;
  return `${head}\n | ${snippet}\n | ${indicator(characters(snippet), column)}`;
}

/** Dots up to the column; as wide as the characters above them. */
function indicator(shown: readonly string[], column: number): string {
  const isWide = (character = ""): boolean => Buffer.byteLength(character) > 1;
  const dots = shown.slice(0, column).map((each) => (isWide(each) ? "\uff0e" : "."));
  return dots.join("") + (isWide(shown[column]) ? "\uff3e" : "^");
}
