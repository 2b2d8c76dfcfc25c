/** Expressions of people who mean no good: each of these ends soon, and says why it did. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createKubernetesEnvironment, PER_CALL_LIMIT } from "./kubernetes-environment.ts";
import { ExpressionError } from "./syntax/issue.ts";
import { INT, listType, STRING } from "./types/type.ts";
import { ValueList } from "./values/list.ts";
import { isError } from "./values/value.ts";

const variables = { text: STRING, list: listType(INT) };
const environment = createKubernetesEnvironment().with({ variables });
const list = new ValueList(Array.from({ length: 5000 }, (_, index) => BigInt(index)));

function evaluate(expression: string): string {
  const program = environment.program(environment.check(expression));
  const evaluation = program.evaluate({ text: "a".repeat(100_000), list }, PER_CALL_LIMIT);
  return "problem" in evaluation ? evaluation.problem : "a value";
}

function problemOf(expression: string): string {
  try {
    environment.check(expression);
    return "";
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return error.message.slice(0, 200);
  }
}

/** `wrap(wrap(wrap(start)))` */
function repeated(count: number, start: string, wrap: (inner: string) => string): string {
  return Array.from({ length: count }).reduce<string>(wrap, start);
}

/** A list with 4^12 times the list in it, which takes no room. */
const MUCH = repeated(12, "list", (inner) => `[${inner}].map(x, [x, x, x, x])[0]`);

describe("an expression that would run for ever", () => {
  test.each<[string, string]>([
    ["loops in loops", "list.all(a, list.all(b, list.all(c, list.all(d, a + b + c + d >= 0))))"],
    ["lists that double", repeated(30, "list", (inner) => `[${inner}].map(x, x + x)[0]`)],
    ["texts that double", repeated(60, "text", (inner) => `[${inner}].map(x, x + x)[0]`)],
    ["texts that are replaced by themselves", repeated(8, "text", (inner) => `${inner}.replace('a', text)`)],
    ["many of the same in each other", `${MUCH} == ${MUCH}`],
    ["a search among many of the same", `${MUCH} in [${MUCH}]`],
    ["long ranges", "lists.range(1000000000000).size() > 0"],
    [
      "long texts joined",
      `${repeated(9, "['a']", (inner) => `[${inner}].map(x, x + x + x + x)[0]`)}.join(text)`,
    ],
    ["sets of lists", "sets.contains(list.map(x, list), list.map(x, list))"],
  ])("%s", (_name, expression) => {
    expect(problemOf(expression)).toBe("");
    expect(evaluate(expression)).toBe("operation cancelled: actual cost limit exceeded");
  });

  test("runs to its end when its pattern only looks dangerous", () => {
    expect(evaluate("text.matches('^(a+)+$') && !text.matches('^(a|a?)+b$')")).toBe("a value");
  });
});

describe("a text that is hard to read", () => {
  const recursion = "expression recursion limit exceeded: 250";
  const depth = "max recursion depth exceeded";
  test.each<[string, string, string]>([
    ["parentheses", `${"(".repeat(40_000)}1${")".repeat(40_000)}`, recursion],
    ["lists", "[".repeat(99_000), recursion],
    ["calls", `${"size(".repeat(5000)}'a'${")".repeat(5000)}`, recursion],
    ["conditions", `${"true ? 1 : ".repeat(5000)}1`, recursion],
    ["comparisons", `1${" == 1".repeat(10_000)}`, depth],
    ["fields", `text${".a".repeat(10_000)}`, depth],
    [
      "macros that double",
      repeated(18, "optional.of(list)", (inner) => `${inner}.optMap(x, x)`),
      "expression is too large",
    ],
    [
      "much of it",
      " ".repeat(100_001),
      "expression code point size exceeds limit: size: 100001, limit 100000",
    ],
  ])("%s", (_name, expression, want) => {
    expect(problemOf(expression)).toBe(`ERROR: <input>:-1:0: ${want}`);
  });

  test.each<[string, (count: number) => string]>([
    ["operators", (count) => `1${" + 1".repeat(count)} > 0`],
    ["fields", (count) => `dyn(text)${".a".repeat(count)} == 1`],
  ])("is read as far as cel-go does: %s", (_name, text) => {
    expect(problemOf(text(249))).toBe("");
    expect(problemOf(text(250))).toContain(depth);
  });

  test("many terms are no depth", () => {
    expect(problemOf(Array.from({ length: 5000 }, () => "text == 'a'").join(" || "))).toBe("");
  });
});

const TOKENS = [
  ..."( ) [ ] { } . , ? : + - * / % ! < >".split(" "),
  ..."&& || == != <= >= in 1 2u 3.5 'a' b'x' true null self list text".split(" "),
  ..."size has all map filter optMap exists_one format matches a.b x dyn int".split(" "),
];

test("whatever the text is, there is a value or a reason", () => {
  const texts = fc.oneof(
    fc.array(fc.constantFrom(...TOKENS), { maxLength: 25 }).map((tokens) => tokens.join(" ")),
    fc.string({ maxLength: 40, unit: "grapheme" }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      if (problemOf(text) === "") expect(isError(evaluate(text))).toBe(false);
    }),
    { numRuns: 2000 },
  );
});
