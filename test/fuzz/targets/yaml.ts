import { parseYamlText } from "#apimachinery/yaml/yaml-text.ts";
import { formatYamlText } from "#apiserver/formats/write-yaml.ts";
import { attempt, ensureSame, textTarget } from "../engine/target.ts";
import { numbersOf } from "../laws/json-values.ts";

/** YAML bodies. What is JSON means the same as YAML. */
export const target = textTarget({
  seeds: [
    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    args: [x, 'y', \"z\\n\"]\n",
    "a: &a [1, 2]\nb: *a\nc: &c {x: 1}\nd:\n  <<: *c\n  y: 2\n",
    "a: |\n  text\n   more\nb: >-\n  folded\n  text\n",
    "a: 0o17\nb: 017\nc: 0x1F\nd: 1_000\ne: .inf\nf: .nan\ng: 1e3\nh: 190:20:30\n",
    "a: yes\nb: No\nc: on\nd: ~\ne: null\nf: y\n",
    "a: 2001-12-14t21:59:43.10-05:00\nb: 2002-12-14\nc: !!binary aGk=\nd: !!str 1\ne: !!int '3'\n",
    "---\na: 1\n---\nb: 2\n...\n",
    "? [a, b]\n: c\n? {d: e}\n: f\n1: x\ntrue: y\nnull: z\n1.5: w\n",
    "%YAML 1.2\n%TAG ! tag:example.com,2000:\n--- !foo\na: !bar b\n",
    "a: 1\na: 2\n",
    "a: [&x [*x]]\n",
    '{"a":[1,-2.5e3,true,false,null,"x\\u00e9\\n"]}',
  ],
  dictionary: [
    "- ",
    ": ",
    "? ",
    "&a ",
    "*a",
    "<<: *a",
    "!!str ",
    "!!set",
    "!!omap",
    "!!binary ",
    "|\n",
    ">-\n",
    "  ",
    "---\n",
    "...\n",
    "#",
    "{",
    "[",
    "'",
    '"',
    "\t",
    ".inf",
    "__proto__: ",
    "9223372036854775808",
    "-",
  ],
  maxBytes: 2048,
  // Longer ones are parsed in a thread of their own.
  maxInflatedBytes: 16 * 1024,
  maxMs: 1500,
  refusals: [SyntaxError],
  open: () => (text) => {
    const { value } = parseYamlText(text);
    return () => {
      const json = JSON.stringify(value) ?? "null";
      const plain: unknown = JSON.parse(json);
      // Upstream does not quote such a key either, and reads it as something else then.
      if (!json.includes('"<<":'))
        ensureSame(
          numbersOf(parseYamlText(formatYamlText(plain)).value),
          plain,
          "What is written is read back",
        );
      const native = attempt([SyntaxError], () => ({ value: JSON.parse(text) as unknown }));
      if (native !== undefined) ensureSame(numbersOf(value), native.value, "JSON means the same as YAML");
    };
  },
});
