/**
 * Transcripts of shell sessions, as in tutorials: `$ ` begins a command, `> ` continues it, and what it prints follows. In
 * what it prints,
 *
 *     <age>      stands for a time such as 5s or 3m2s
 *     <any>      for any text without a space
 *     ...        on a line of its own for any number of lines
 *     [1]        on the last line for the exit code, where that is not 0
 *
 * Two and more spaces stand for two and more. Lines that start with `#` are comments. `# kubectl>=1.31` at the end of a
 * command keeps it from older versions.
 */
export interface Step {
  readonly command: string;
  /** What is printed, as one pattern for the whole output, and the same as text. */
  readonly pattern: RegExp;
  readonly expected: string;
  readonly exitCode: number;
  /** The least minor version of kubectl 1 that the step is for. */
  readonly leastMinor: number;
}

const PLACEHOLDERS: readonly (readonly [name: string, pattern: string])[] = [
  ["<age>", "\\d+[smhd](?:\\d+[smh])?"],
  ["<any>", "\\S+"],
];
const ANY_LINES = "(?:[^\\n]*\\n)*?";

export function parseTranscript(text: string): readonly Step[] {
  const steps: { command: string; output: string[] }[] = [];
  for (const line of text.split("\n")) {
    const last = steps.at(-1);
    if (line.startsWith("$ ")) steps.push({ command: line.slice(2), output: [] });
    else if (line.startsWith("> ") && last !== undefined) last.command += `\n${line.slice(2)}`;
    else if (!line.startsWith("#")) last?.output.push(line.trimEnd());
  }
  return steps.map(toStep);
}

/**
 * Output as patterns see it: without spaces at the ends of lines, empty lines in a row, and empty lines at the end; and as
 * kubectl 1.27 prints it, where newer versions say more.
 */
export function normalizeOutput(text: string): string {
  const lines = text.split("\n").map((line) => line.trimEnd());
  return `${lines
    .join("\n")
    .replaceAll(/^Flag --\S+ has been deprecated,.*\n/gm, "")
    .replaceAll(/(" (?:force )?deleted) from \S+ namespace\b/g, "$1")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trimEnd()}\n`;
}

function toStep({ command, output }: { readonly command: string; readonly output: readonly string[] }): Step {
  const lines = normalizeOutput(output.join("\n")).trimEnd().split("\n");
  const exit = /^\[(\d+)\]$/.exec(lines.at(-1) ?? "");
  const printed = exit === null ? lines : lines.slice(0, -1);
  const condition = /# kubectl>=1\.(\d+)$/m.exec(command);
  return {
    command,
    pattern: new RegExp(`^${printed.map(linePattern).join("")}$`),
    expected: printed.join("\n"),
    exitCode: Number(exit?.[1] ?? 0),
    leastMinor: Number(condition?.[1] ?? 0),
  };
}

function linePattern(line: string): string {
  if (line === "...") return ANY_LINES;
  const escaped = line.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
  const withSpaces = escaped.replaceAll(/ {2,}/g, " {2,}");
  return `${PLACEHOLDERS.reduce((text, [name, pattern]) => text.replaceAll(name, pattern), withSpaces)}\\n`;
}
