import { compileJsonPath } from "#apiserver/crd/json-path/json-path.ts";
import { JsonPathError } from "#apiserver/crd/json-path/json-path-error.ts";
import { attempt, ensureSame, textTarget } from "../engine/target.ts";

const OBJECT = {
  metadata: { name: "a", labels: { "b.c/d": "e", x: "" } },
  spec: { list: [{ name: "a", n: 1, b: true }, { name: "b", n: 2.5 }, null, [1, [2]]], __proto__: 1 },
  status: { conditions: [{ type: "Ready", status: "True" }] },
};

/** The paths of printer columns, each followed through an object. */
export const target = textTarget({
  seeds: [
    ".metadata.name",
    '.status.conditions[?(@.type=="Ready")].status',
    ".spec.list[*].name",
    ".spec.list[-1:0:2]",
    ".spec.list[0,1]['name','n']",
    "..name",
    ".metadata.labels.b\\.c/d",
    ".spec.list[?(@.n>1.5)].b",
    "{.metadata}",
    "$.spec.list[?(@.b==true)]",
    ".spec.list[1:]..*",
  ],
  dictionary: [
    "[?(@.",
    ")]",
    "==",
    "!=",
    ">=",
    "[*]",
    "..",
    ".*",
    "['",
    "']",
    "[-1]",
    "[0:9223372036854775808]",
    "\\.",
    "\\u",
    "@",
    "$",
    "{",
    "}",
  ],
  grammar: {
    start: ["<step>", "<step><start>", "$<start>"],
    step: [
      ".<name>",
      "..<name>",
      ".*",
      "[*]",
      "[<index>]",
      "[<index>:<index>]",
      "[::<index>]",
      "['<name>']",
      "[<index>,<index>]",
      "[?(<side><operator><side>)]",
      "[?(@.<name>)]",
    ],
    name: ["name", "spec", "list", "n", "labels", "conditions", "type", "__proto__", "constructor", "a\\.b"],
    index: ["0", "1", "-1", "", "99999999999", "-0"],
    operator: ["==", "!=", "<", ">", "<=", ">="],
    side: ["@.<name>", "1", "2.5", '"Ready"', "'a'", "true", "@", "$.spec"],
  },
  maxBytes: 1000,
  refusals: [JsonPathError],
  open: () => (text) => {
    const find = compileJsonPath(text);
    return () => {
      const found = attempt([JsonPathError], () => find(OBJECT));
      ensureSame(
        attempt([JsonPathError], () => find(OBJECT)),
        found,
        "A path finds the same again",
      );
    };
  },
});
