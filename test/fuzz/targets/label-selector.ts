import { formatLabelMatcher, parseLabelSelector } from "#apimachinery/selectors/label-selector.ts";
import { SelectorError } from "#apimachinery/selectors/selector-error.ts";
import { ensureSame, textTarget } from "../engine/target.ts";

/** The text form of label selectors: what is printed of one is read back as the same. */
export const target = textTarget({
  seeds: [
    "a=b",
    "a==b,c!=d",
    "e in (f,g),h,!i",
    "j>1,k<2",
    "x notin (a, ,b)",
    "example.com/a=b",
    "in in (in)",
  ],
  dictionary: [
    "in",
    "notin",
    "!",
    "=",
    "==",
    "!=",
    "(",
    ")",
    ",",
    ">",
    "<",
    "a.b/c",
    " ",
    "9223372036854775808",
  ],
  grammar: {
    start: ["<requirement>", "<requirement>,<start>", " <requirement> , <start>"],
    requirement: [
      "<key>",
      "!<key>",
      "<key><equality><value>",
      "<key> <set> (<values>)",
      "<key><order><number>",
    ],
    key: ["a", "<name>", "example.com/<name>", "in", "notin"],
    name: ["a", "A.b_c-d", "constructor", "__proto__"],
    equality: ["=", "==", "!="],
    set: ["in", "notin"],
    order: ["<", ">"],
    value: ["", "b", "B-1", "in"],
    values: ["<value>", "<value>,<values>"],
    number: ["1", "-1", "9223372036854775807", "9223372036854775808", "x"],
  },
  refusals: [SelectorError],
  open: () => (text) => {
    const matcher = parseLabelSelector(text);
    return () => {
      const printed = formatLabelMatcher(matcher);
      const again = parseLabelSelector(printed);
      ensureSame(formatLabelMatcher(again), printed, "What is printed is read back");
      const labels = { a: "b", in: "in", constructor: "1", "example.com/a": "" };
      ensureSame(again.matches(labels), matcher.matches(labels), "What is read back matches the same labels");
    };
  },
});
