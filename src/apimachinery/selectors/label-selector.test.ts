import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { LabelSelector } from "../generated/meta-v1.ts";
import {
  compileLabelSelector,
  compileLabelSet,
  describeLabelSelector,
  formatLabelMatcher,
  parseLabelSelector,
  parseToLabelSelector,
} from "./label-selector.ts";

describe("parseLabelSelector", () => {
  test.each([
    ["x=a,y=b,z=c", "x=a,y=b,z=c"],
    ["", ""],
    ["x!=a,y=b", "x!=a,y=b"],
    ["x= ,z= ", "x=,z="],
    ["!x", "!x"],
    ["x>1,z<5", "x>1,z<5"],
    ["z=1,a=2", "a=2,z=1"],
    ["x in (b, a ,b),y", "x in (a,b),y"],
    ["x in (foo,,baz),y,z notin ()", "x in (,baz,foo),y,z notin ()"],
    ["x in (,)", "x in ()"],
    ["notin=in", "notin=in"],
    ["in in (in,notin)", "in in (in,notin)"],
    ["x\t==\na", "x==a"],
  ])("%j reads as %j", (text, want) => {
    expect(formatLabelMatcher(parseLabelSelector(text))).toBe(want);
  });

  test.each([
    [
      "x=a||y=b",
      /^unable to parse requirement: values\[0\]\[x\]: Invalid value: "a\|\|y": a valid label must be/,
    ],
    ["x==a==b", "found '==', expected: ',' or 'end of string'"],
    ["!x=a", "found '=', expected: ',' or 'end of string'"],
    [
      "x<a",
      `unable to parse requirement: values[0]: Invalid value: "a": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
    ["=a", "found '=', expected: !, identifier, or 'end of string'"],
    ["a,", "found '', expected: identifier after ','"],
    ["!", "unable to parse requirement: found '', expected: identifier"],
    ["a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ["a in b", "unable to parse requirement: found 'b' expected: '('"],
    ["a in (=)", "unable to parse requirement: found '=', expected: ',', ')' or identifier"],
    ["a in (b", "unable to parse requirement: found '', expected: ',' or ')'"],
    ["a in (b,", "unable to parse requirement: found '', expected: ',', or identifier"],
    ["a=(", "unable to parse requirement: found '(', expected: identifier"],
    [
      "a$=b",
      `unable to parse requirement: <nil>: Invalid value: "a$": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    ],
  ])("%j is refused in upstream's words", (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(message);
  });

  test("reads back what it writes", () => {
    const name = fc.stringMatching(/^[a-z]([a-z0-9.-]{0,8}[a-z0-9])?$/);
    const requirement = fc.oneof(
      name,
      fc.tuple(name).map(([key]) => `!${key}`),
      fc.tuple(name, fc.constantFrom("=", "==", "!="), name).map((parts) => parts.join("")),
      fc
        .tuple(name, fc.constantFrom("in", "notin"), fc.array(name, { minLength: 1, maxLength: 3 }))
        .map(([key, operator, values]) => `${key} ${operator} (${values.join(",")})`),
    );
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 4 }), (parts) => {
        const text = formatLabelMatcher(parseLabelSelector(parts.join(",")));
        expect(formatLabelMatcher(parseLabelSelector(text))).toBe(text);
      }),
    );
  });

  test("never fails but with a message of its own", () => {
    const noise = fc.string({ unit: fc.constantFrom(..."ab=!,() <>\t0".split("")), maxLength: 12 });
    fc.assert(
      fc.property(noise, (text) => {
        try {
          parseLabelSelector(text);
        } catch (error) {
          expect(error).toHaveProperty("name", "SelectorError");
        }
      }),
    );
  });
});

describe("matching", () => {
  const labels = { foo: "bar", baz: "blah", n: "5" };
  test.each([
    ["", true],
    ["foo=bar", true],
    ["foo=bar,baz=blah", true],
    ["foo=blah", false],
    ["foo=bar,foobar=bar,baz=blah", false],
    ["foo!=x,none!=y", true],
    ["foo!=bar", false],
    ["foo in (a,bar)", true],
    ["none in (a)", false],
    ["none in (a,)", false],
    ["foo notin (a)", true],
    ["none notin (a,)", true],
    ["foo in (a,b,c,d,e,f,g,h,i,bar)", true],
    ["foo notin (a,b,c,d,e,f,g,h,i,bar)", false],
    ["none in (a,b,c,d,e,f,g,h,i,j)", false],
    ["foo", true],
    ["none", false],
    ["!none", true],
    ["!foo", false],
    ["constructor", false],
    ["!constructor,constructor notin (a)", true],
    ["n>4,n<6", true],
    ["n>5", false],
    ["foo>1", false],
    ["none<1", false],
  ])("%j matches: %p", (text, want) => {
    expect(parseLabelSelector(text).matches(labels)).toBe(want);
  });

  test("numbers are compared as 64 bit integers", () => {
    const { matches } = parseLabelSelector("n>9223372036854775806");
    expect(matches({ n: "9223372036854775807" })).toBe(true);
    expect(matches({ n: "9223372036854775808" })).toBe(false);
  });

  test("an object without labels is matched like one with none", () => {
    expect(parseLabelSelector("a").matches(undefined)).toBe(false);
    expect(parseLabelSelector("!a").matches(undefined)).toBe(true);
  });
});

describe("compileLabelSelector", () => {
  const selector: LabelSelector = {
    matchLabels: { app: "web" },
    matchExpressions: [
      { key: "tier", operator: "In", values: ["front", "back"] },
      { key: "canary", operator: "DoesNotExist" },
    ],
  };

  test("requires labels and expressions", () => {
    const { matches } = compileLabelSelector(selector);
    expect(matches({ app: "web", tier: "back" })).toBe(true);
    expect(matches({ app: "web", tier: "none" })).toBe(false);
    expect(matches({ app: "web", tier: "back", canary: "" })).toBe(false);
  });

  test("absent selects nothing, empty selects everything", () => {
    expect(compileLabelSelector(undefined).matches({ a: "b" })).toBe(false);
    expect(compileLabelSelector(null).matches({ a: "b" })).toBe(false);
    expect(compileLabelSelector({}).matches({})).toBe(true);
    expect(compileLabelSet(undefined).matches({})).toBe(true);
    expect(compileLabelSet({ a: "b" }).matches({ a: "c" })).toBe(false);
  });

  test("refuses what validation refuses", () => {
    const expression = (operator: string, values: string[] = []): LabelSelector => ({
      matchExpressions: [{ key: "a", operator, values }],
    });
    expect(() => compileLabelSelector(expression("Foo"))).toThrow(
      '"Foo" is not a valid label selector operator',
    );
    expect(() => compileLabelSelector(expression("In"))).toThrow(
      "values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty",
    );
    expect(() => compileLabelSelector(expression("Exists", ["x"]))).toThrow(
      'values: Invalid value: ["x"]: values set must be empty for exists and does not exist',
    );
  });

  test("is described for tables", () => {
    expect(describeLabelSelector(selector)).toBe("app=web,!canary,tier in (back,front)");
    expect(describeLabelSelector({})).toBe("<none>");
    expect(describeLabelSelector({ matchLabels: { "": "x" } })).toBe("<error>");
  });

  test("is made from text", () => {
    expect(parseToLabelSelector("app=web,tier in (a,b),x,!y")).toEqual({
      matchLabels: { app: "web" },
      matchExpressions: [
        { key: "tier", operator: "In", values: ["a", "b"] },
        { key: "x", operator: "Exists", values: [] },
        { key: "y", operator: "DoesNotExist", values: [] },
      ],
    });
    expect(() => parseToLabelSelector("a>1")).toThrow('"gt" isn\'t supported in label selectors');
    expect(() => parseToLabelSelector("a!=1")).toThrow('"!=" is not a valid label selector operator');
    expect(() => parseToLabelSelector("=")).toThrow("couldn't parse the selector string \"=\": found '='");
  });
});
