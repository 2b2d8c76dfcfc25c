import { expect, test } from "bun:test";
import { normalizeOutput, parseTranscript } from "./transcript.ts";

const TRANSCRIPT = `
# A comment.
$ kubectl get x
NAME   AGE
a  <age>
...
end.

$ kubectl apply -f - <<END # kubectl>=1.31
> kind: X
> END
error: no
[1]
`;

test("a transcript is commands and what they print", () => {
  const steps = parseTranscript(TRANSCRIPT);
  expect(steps.map(({ command, exitCode, leastMinor }) => ({ command, exitCode, leastMinor }))).toEqual([
    { command: "kubectl get x", exitCode: 0, leastMinor: 0 },
    { command: "kubectl apply -f - <<END # kubectl>=1.31\nkind: X\nEND", exitCode: 1, leastMinor: 31 },
  ]);
});

const outputs: { name: string; output: string; matches: boolean }[] = [
  { name: "other spaces and times", output: "NAME  AGE  \na     3m2s\nend.\n\n", matches: true },
  { name: "more lines", output: "NAME  AGE\na     5s\nb     5s\nc     5s\nend.", matches: true },
  { name: "another word", output: "NAME  AGE\nb     5s\nend.", matches: false },
  { name: "a dot that is not one", output: "NAME  AGE\na     5s\nends", matches: false },
  { name: "something at the end", output: "NAME  AGE\na     5s\nend.\nmore", matches: false },
  { name: "one space", output: "NAME AGE\na     5s\nend.", matches: false },
];
test.each(outputs)("an output with $name: $matches", ({ output, matches }) => {
  const [step] = parseTranscript(TRANSCRIPT);
  expect(step?.pattern.test(normalizeOutput(output))).toBe(matches);
});
