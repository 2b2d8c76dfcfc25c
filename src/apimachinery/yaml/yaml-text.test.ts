import { describe, expect, test } from "bun:test";
import { parseYamlText } from "./yaml-text.ts";

describe("parseYamlText", () => {
  const values: { name: string; text: string; want: unknown }[] = [
    { name: "booleans of YAML 1.1", text: "a: yes\nb: off\nc: 'yes'", want: { a: true, b: false, c: "yes" } },
    { name: "numbers", text: "a: 0777\nb: 0x1f\nc: 1.5", want: { a: 511, b: 31, c: 1.5 } },
    {
      name: "times and durations as text",
      text: "a: 2020-01-01\nb: 1:30",
      want: { a: "2020-01-01", b: "1:30" },
    },
    { name: "a number that is too large as text", text: "a: 1e400", want: { a: "1e400" } },
    { name: "keys as text", text: "1: a", want: { "1": "a" } },
    {
      name: "keys without end",
      text: ".Inf: a\n-.inf: b\n.NaN: c",
      want: { ".inf": "a", "-.inf": "b", ".nan": "c" },
    },
    { name: "merge keys", text: "a: &x {b: 1}\nc:\n  <<: *x", want: { a: { b: 1 }, c: { b: 1 } } },
    { name: "JSON", text: '{"a": [1]}', want: { a: [1] } },
    { name: "the first of several documents", text: "---\na: 1\n---\nb: 2", want: { a: 1 } },
  ];
  test.each(values)("reads $name", ({ text, want }) => {
    expect(parseYamlText(text)).toEqual({ value: want, duplicateKeys: [] });
  });

  test("reports keys that are set twice, the last of which counts", () => {
    expect(parseYamlText("name: 1\nb:\n  'c d': 1\n  'c d': 2\nname: 3\n\"b\": 4")).toEqual({
      value: { name: 3, b: 4 },
      duplicateKeys: [
        'line 4: key "c d" already set in map',
        'line 5: key "name" already set in map',
        'line 6: key "b" already set in map',
      ],
    });
  });

  const errors: { name: string; text: string; want: string }[] = [
    { name: "tabs", text: "a:\n\tb: 1", want: "yaml: line 2: Tabs are not allowed as indentation" },
    {
      name: "an open list",
      text: "a: [1,2",
      want: "yaml: line 1: Flow sequence in block collection must be sufficiently indented and end with a ]",
    },
    {
      name: "an alias without anchor",
      text: "a: *b",
      want: "yaml: unknown anchor 'b' referenced",
    },
    {
      name: "an alias of what it is in",
      text: "a: &a [1, *a]",
      want: "yaml: anchor 'a' value contains itself",
    },
    {
      name: "a merge of no mapping",
      text: "a: &a 1\nb:\n  <<: *a",
      want: "yaml: map merge requires map or sequence of maps as the value",
    },
    { name: "what is infinite", text: "a: .inf", want: "json: unsupported value: +Inf" },
    { name: "what is infinite downwards", text: "a: [-.INF]", want: "json: unsupported value: -Inf" },
    { name: "what is no number", text: "a: .NaN", want: "json: unsupported value: NaN" },
    { name: "a mapping as a key", text: "? {a: 1}\n: b", want: 'yaml: invalid map key: {"a":1}' },
  ];
  test.each(errors)("refuses $name", ({ text, want }) => {
    expect(() => parseYamlText(text)).toThrow(new SyntaxError(want));
  });

  test("refuses a document that multiplies itself", () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const previous = `*l${String(level)}`;
      return `l${String(level + 1)}: &l${String(level + 1)} [${Array.from({ length: 9 }, () => previous).join(",")}]`;
    });
    const want = new SyntaxError("yaml: document contains excessive aliasing");
    expect(() => parseYamlText(`l0: &l0 [x]\n${levels.join("\n")}`)).toThrow(want);
  });

  test("lets a document repeat as much as it likes of what is small", () => {
    const aliases = Array.from({ length: 2000 }, () => "*a").join(",");
    const { value } = parseYamlText(`a: &a {b: 1}\nc: [${aliases}]`) as { value: { c: unknown[] } };
    expect([value.c.length, value.c.at(-1)]).toEqual([2000, { b: 1 }]);
  });

  test("takes over what a mapping does not say itself, the first of several first", () => {
    const text = "a: &a {k: 1, l: 1}\nb: &b {l: 2, m: 2}\nc: {m: 3, <<: [*a, *b], __proto__: 4}";
    expect(JSON.stringify(parseYamlText(text).value)).toBe(
      '{"a":{"k":1,"l":1},"b":{"l":2,"m":2},"c":{"m":3,"k":1,"l":1,"__proto__":4}}',
    );
  });

  test("finds the keys that are set twice among many", () => {
    const text = Array.from({ length: 3000 }, (_, index) => `k${String(index)}: v`).join("\n");
    expect(parseYamlText(`${text}\nk7: w`).duplicateKeys).toEqual(['line 3001: key "k7" already set in map']);
  });

  test("refuses what is nested too deeply", () => {
    const deep = "[".repeat(1_500_000) + "]".repeat(1_500_000);
    expect(() => parseYamlText(deep)).toThrow("yaml: line 1: exceeded max depth");
  });
});
