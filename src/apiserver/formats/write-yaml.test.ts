import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseYamlText } from "#apimachinery/yaml/yaml-text.ts";
import { formatYamlText } from "./write-yaml.ts";

const WORDS = "word ".repeat(20).trim();

/** As `sigs.k8s.io/yaml` writes them. */
describe("formatYamlText", () => {
  const texts: { name: string; plain: string; single?: string; double?: string }[] = [
    {
      name: "what would be read as something else",
      double:
        "yes|y|Off|null|~||true|1|-1.5|.5|1e3|0x1f|0b1|0o7|0777|1_000|12:30:45|2020-01-01|2020-1-1T1:2:3Z|.inf",
      plain: "yess|1.2.3|0x|0b2|1e400|0x123456789012345678901|1:60|2020-13-01|2020-02-30T00:00:00Z|<<|=",
    },
    {
      name: "what has marks of YAML in it",
      single: `-|- a|? a|: a|a: b|a:|a #b|#a|&a|*a|!a|> a|"a"|%a|@a|\`a\`|[a]|{a}|,a|--- a|...| a|a `,
      plain: "a:b|a#b|it's|-a|?a|a - b|é日本",
    },
  ];
  test.each(texts)("quotes $name, and nothing else", ({ plain, single, double }) => {
    const bare = plain.split("|");
    const once = single?.split("|") ?? [];
    const twice = double?.split("|") ?? [];
    const want = [...bare, ...once.map((text) => `'${text}'`), ...twice.map((text) => `"${text}"`)];
    const lines = formatYamlText([...bare, ...once, ...twice])
      .trimEnd()
      .split("\n");
    expect(lines).toEqual(want.map((text) => `- ${text}`));
  });

  const cases: { name: string; value: unknown; want: string }[] = [
    {
      name: "keys in order, with their numbers by value and letters last",
      value: { k10: 1, k9: 1, k: 1, K2: 1, "k-1": 1, "a.b": 1, ab: 1, "": 1, "007": 1, "7": 1 },
      want: `"": 1
"7": 1
"007": 1
K2: 1
a.b: 1
ab: 1
k: 1
k-1: 1
k9: 1
k10: 1
`,
    },
    {
      name: "lists that are not indented in mappings",
      value: { a: [{ b: 1, c: [2, [3, [4]]] }, [], {}], d: {}, e: [], f: null },
      want: `a:
- b: 1
  c:
  - 2
  - - 3
    - - 4
- []
- {}
d: {}
e: []
f: null
`,
    },
    {
      name: "lines as they are",
      value: { a: "x\n y\n", b: "x", c: "x\n\n", d: " x\ny", e: "\n", f: ["x\ny"] },
      want: `a: |
  x
   y
b: x
c: |+
  x

d: |2-
   x
  y
e: |2+

f:
- |-
  x
  y
`,
    },
    { name: "lines that are all of the document", value: " #\nx\n", want: "|2\n   #\n  x\n" },
    {
      name: "escapes for what lines cannot have",
      value: ["a\tb", "a \nb", "a\r\nb", "😀", "\u0000\u0007\u001b\u007f\u0085", 'a\nb" '],
      want: String.raw`- "a\tb"
- "a \nb"
- "a\r\nb"
- "\U0001F600"
- "\0\a\e\x7F\N"
- "a\nb\" "
`,
    },
    {
      name: "long texts in several lines",
      value: {
        a: WORDS,
        b: `it's: ${WORDS}`,
        c: `\t${"word  ".repeat(15)}end`,
        d: "x".repeat(100),
        e: [WORDS],
      },
      want: `a: ${"word ".repeat(15)}word
  word word word word
b: 'it''s: ${"word ".repeat(14)}word
  word word word word word'
c: "\\t${"word  ".repeat(12)}word
  \\ word  word  end"
d: ${"x".repeat(100)}
e:
- ${"word ".repeat(15)}word
  word word word word
`,
    },
    {
      name: "marks for long keys",
      value: {
        ["k".repeat(129)]: { a: 1, b: [1] },
        ["l".repeat(129)]: [1, 2],
        ["m".repeat(128)]: "v",
        "a\nb": null,
      },
      want: `? |-
  a
  b
: null
? ${"k".repeat(129)}
: a: 1
  b:
  - 1
? ${"l".repeat(129)}
: - 1
  - 2
${"m".repeat(128)}: v
`,
    },
    {
      name: "numbers as Go does",
      value: [0, -1, 1.5, 1e6, 1_234_567.5, 0.0001, 0.000_01, 1e21, 9_223_372_036_854_775_807n],
      want: `- 0
- -1
- 1.5
- 1000000
- 1.2345675e+06
- 0.0001
- 1e-05
- 1e+21
- 9223372036854775807
`,
    },
  ];
  test.each(cases)("writes $name", ({ value, want }) => {
    expect(formatYamlText(value)).toBe(want);
  });

  test("leaves fields out that are undefined", () => {
    expect(formatYamlText({ a: undefined, b: { c: undefined }, d: 1 })).toBe("b: {}\nd: 1\n");
  });

  test("writes what is nested deeply", () => {
    let value: unknown = 1;
    for (let depth = 0; depth < 2000; depth += 1) value = { a: value };
    expect(formatYamlText(value)).toEndWith(`${" ".repeat(1999 * 2)}a: 1\n`);
  });

  test("what it has written reads as what it was", () => {
    const part = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.constantFrom(" ", "\n", ": ", " #", "'", "-", "1", WORDS),
    );
    const text = fc.array(part, { maxLength: 5 }).map((parts) => parts.join(""));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        text,
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(text, tie("value"), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(text, value, { maxKeys: 4 }), (each) => {
        expect(parseYamlText(formatYamlText(each)).value).toEqual(each);
      }),
    );
  });
});
