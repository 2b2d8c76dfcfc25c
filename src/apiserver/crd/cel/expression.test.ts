import { expect, test } from "bun:test";
import fc from "fast-check";
import { ExpressionCompiler, ExpressionError } from "./expression.ts";

const compiler = new ExpressionCompiler();
const self = new Map([["list", [3n, 1n, 2n]]]);

function evaluate(text: string): unknown {
  const result = compiler.compile(text).evaluate({ self, oldSelf: null });
  return "value" in result ? result.value : result.problem;
}

test.each([
  "self.list.sum() == 6 && self.list.min() == 1 && self.list.max() == 3 && !self.list.isSorted()",
  "[1.5, 2.5].sum() == 4.0 && ['a', 'b'].isSorted() && ['a', 'b', 'a'].lastIndexOf('a') == 2 && [1].indexOf(2) == -1",
  "sets.contains([1, 2], [1]) && sets.equivalent([1, 2], [2, 1, 1]) && sets.intersects([1], [1, 2]) && !sets.intersects([1], [2])",
  "'a1b22'.find('[0-9]+') == '1' && 'a1b22'.findAll('[0-9]+') == ['1', '22'] && 'a1b22'.findAll('[0-9]+', 1) == ['1']",
  "'a,b'.split(',').join('-') == 'a-b' && ' x '.trim() == 'x' && 'ABC'.lowerAscii() == 'abc' && 'abc'.substring(1) == 'bc'",
  "'%s is %d'.format(['x', 3]) == 'x is 3'",
  "url('https://me@example.com:80/a%20b?x=1&x=2').getHost() == 'example.com:80'",
  "url('https://example.com:80/a').getHostname() == 'example.com' && url('https://example.com:80/a').getPort() == '80'",
  "url('https://example.com/a%20b').getEscapedPath() == '/a%20b' && url('/p').getScheme() == '' && url('https://h?x=1&x=2').getQuery()['x'] == ['1', '2']",
  "isURL('https://example.com') && !isURL('../a') && !isURL('https://:0:/')",
  "ip('10.0.0.1').family() == 4 && ip('::1').isLoopback() && ip('169.254.1.1').isLinkLocalUnicast() && ip('8.8.8.8').isGlobalUnicast()",
  "isIP('::ffff:1.2.3.4') == false && ip.isCanonical('127.0.0.1') && !ip.isCanonical('2001:DB8::1') && ip('0.0.0.0').isUnspecified()",
  "cidr('10.0.0.0/8').containsIP('10.1.1.1') && cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && cidr('10.1.1.1/8').masked() == cidr('10.0.0.0/8')",
  "cidr('10.1.1.1/8').prefixLength() == 8 && cidr('10.1.1.1/8').ip() == ip('10.1.1.1') && string(ip('10.1.1.1')) == '10.1.1.1' && !isCIDR('10.0.0.0')",
  "quantity('1Gi') == quantity('1024Mi') && quantity('500m').isLessThan(quantity('1')) && quantity('1').add(quantity('2')).compareTo(quantity('3')) == 0",
  "quantity('-1').sign() == -1 && quantity('2').sub(1).isInteger() && quantity('1k').asInteger() == 1000 && isQuantity('1.3Gi') && !isQuantity('x')",
  "semver('1.2.3').isLessThan(semver('1.10.0')) && semver('1.0.0-rc.1').isLessThan(semver('1.0.0')) && semver('1.2.3').minor() == 2 && !isSemver('v1')",
  "optional.of(1).orValue(2) == 1 && optional.none().orValue(2) == 2 && !optional.ofNonZeroValue('').hasValue()",
  "self.?list.hasValue() && !self.?other.hasValue() && self.?other.?more.orValue('x') == 'x' && self.list[?0].value() == 3 && !self.list[?9].hasValue()",
  "self.list.exists(x, x == 3) && self.list.all(x, x > 0) && self.list.exists_one(x, x == 1) && self.list.filter(x, x > 1).size() == 2",
  "self.list.map(x, x * 2) == [6, 2, 4] && '[?' + '.?a' == '[?.?a'",
  "format.dns1123Label().validate('ok').hasValue() == false && format.dns1123Label().validate('No').hasValue()",
  "format.named('uuid').hasValue() && !format.named('nothing').hasValue()",
  "duration('1h') > duration('59m') && timestamp('2026-01-02T03:04:05Z').getHours() == 3",
])("%s", (text) => {
  expect(evaluate(text)).toBe(true);
});

test.each<[string, string]>([
  ["self.nothing", "no such key: nothing"],
  ["self.list[7]", "index out of bounds: 7"],
  ["1 / 0", "division by zero"],
  [
    "quantity('x')",
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
  ["ip('10.0.0.1').add(1)", "no such overload"],
  ["optional.none().value()", "optional.none() dereference"],
])("%s has no value", (text, want) => {
  expect(evaluate(text)).toBe(want);
});

test.each<[string, string]>([
  ["self.min <", "ERROR: <input>:1:10: Syntax error"],
  ["self.list.reverseAll()", "undeclared reference to 'reverseAll'"],
  ["foo(1)", "undeclared reference to 'foo'"],
])("%s cannot be compiled", (text, want) => {
  expect(() => compiler.compile(text)).toThrow(ExpressionError);
  expect(() => compiler.compile(text)).toThrow(want);
});

const tokens = fc.constantFrom(
  ..."self oldSelf . ( ) [ ] { } ? : , 'a' \"b\" 1 -2 3.5 + - * / % == != < <= && || ! in has all map size sum null true x .? [? list".split(
    " ",
  ),
  " ",
);

test("texts that are no expressions are refused, and all others have a value or a problem", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(tokens, { maxLength: 15 }).map((each) => each.join("")),
      ),
      (text) => {
        try {
          expect(compiler.compile(text).evaluate({ self, oldSelf: null })).toBeObject();
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test("a deeply nested text is refused or has a value", () => {
  const depth = 20_000;
  let problem = "";
  try {
    const result = compiler
      .compile("(".repeat(depth) + "1" + ")".repeat(depth))
      .evaluate({ self, oldSelf: null });
    problem = "problem" in result ? result.problem : "";
  } catch (error) {
    expect(error).toBeInstanceOf(ExpressionError);
  }
  expect(problem).toBeString();
});
