import { readFileSync } from "node:fs";
import { join } from "node:path";
import { estimateCost } from "#apiserver/cel/cost/static-cost.ts";
import { ProgramError } from "#apiserver/cel/evaluator/node.ts";
import { createKubernetesEnvironment, PER_CALL_LIMIT } from "#apiserver/cel/kubernetes-environment.ts";
import {
  declareType,
  MAX_REQUEST_BYTES,
  maxElementsAt,
  typeProvider,
} from "#apiserver/cel/schema/declared-type.ts";
import { rawOf } from "#apiserver/cel/schema/raw-value.ts";
import { schemaValue } from "#apiserver/cel/schema/schema-value.ts";
import { ExpressionError } from "#apiserver/cel/syntax/issue.ts";
import { type CelValue, isError } from "#apiserver/cel/values/value.ts";
import { ensure, ensureSame, textTarget } from "../engine/target.ts";

const SCHEMA = {
  type: "object",
  properties: {
    text: { type: "string", maxLength: 20 },
    number: { type: "integer" },
    double: { type: "number" },
    flag: { type: "boolean" },
    list: { type: "array", maxItems: 5, items: { type: "integer" } },
    texts: { type: "array", maxItems: 5, items: { type: "string", maxLength: 10 } },
    map: { type: "object", maxProperties: 5, additionalProperties: { type: "string", maxLength: 10 } },
    time: { type: "string", format: "date-time" },
    either: { "x-kubernetes-int-or-string": true },
    inner: { type: "object", properties: { name: { type: "string", maxLength: 10 } } },
  },
};
const VALUE = {
  text: "häl\u{1f600}lo 1",
  number: -3,
  double: 2.5,
  flag: true,
  list: [3, 1, 2],
  texts: ["b", "a", ""],
  map: { a: "x", b: "" },
  time: "2026-01-31T10:00:00Z",
  either: "25%",
  inner: { name: "n" },
};

/** What one step of an evaluation may cost beyond the limit. */
const LAST_STEP = MAX_REQUEST_BYTES;

/** CEL rules: parser, checker, costs and evaluation. */
export const target = textTarget({
  seeds: [
    ...examples(),
    "self.list.all(x, x > 0) && self.text.matches('^[a-z]+$')",
    "self.map.exists(k, self.map[k] == self.text) || has(self.inner.name)",
    "self.texts.map(t, t.size() > 0, t + 'x').join(',') == 'ax,bx'",
    "self.?inner.?name.orValue('') == '' ? self.number % 2 == 0 : self.double < 1e3",
    "cel.bind(x, self.list.sum(), x + x) > 3 && self.list == [1, 2u, 3.0, b'\\xff', r'\\n', null, {1: 2}]",
    "quantity('1.5Gi').add(quantity('1')).isGreaterThan(quantity('1Gi')) && url('https://a/b?c').getHost() == 'a'",
    "duration('1h') + timestamp(self.time) > timestamp('2020-01-01T00:00:00Z') && isSemver('1.2.3')",
    "'%s %d %.2f %x'.format([self.text, self.number, self.double, 255]) != ''",
    "cidr('10.0.0.0/8').containsIP(ip('10.0.0.1')) && sets.contains(self.texts, ['a'])",
    "optional.of(self.list[?0]).hasValue() && self.text.split('l', -1).slice(0, 1).reverse() == []",
  ],
  dictionary: [
    "self",
    "oldSelf",
    ".all(",
    ".exists_one(",
    ".map(",
    ".filter(",
    "has(",
    "size(",
    "[?",
    ".?",
    "==",
    "&&",
    "||",
    "? ",
    " : ",
    "in ",
    "-9223372036854775808",
    "18446744073709551615u",
    "b'",
    'r"""',
    "\\u",
    "type(",
    "dyn(",
    "cel.bind(",
    "optional.",
    ".format([",
    "lists.range(",
    "math.",
    "int(",
    ".transformMap(",
  ],
  grammar: {
    start: ["<bool>"],
    bool: [
      "true",
      "self.flag",
      "<number> < <number>",
      "<any> == <any>",
      "!<bool>",
      "<bool> && <bool>",
      "<bool> || <bool>",
      "<list>.all(x, <bool>)",
      "<list>.exists(x, <bool>)",
      "<text>.contains(<text>)",
      "<text>.matches(<pattern>)",
      "<any> in <list>",
      "has(self.<field>)",
      "<bool> ? <bool> : <bool>",
      "isIP(<text>)",
      "<list>.isSorted()",
      "cel.bind(x, <any>, <bool>)",
    ],
    number: [
      "1",
      "0",
      "-1",
      "9223372036854775807",
      "self.number",
      "<text>.size()",
      "<list>.size()",
      "<number> + <number>",
      "<number> / <number>",
      "<number> * <number>",
      "<number> % <number>",
      "-<number>",
      "int(<any>)",
      "<list>[<number>]",
      "<text>.indexOf(<text>)",
      "x",
    ],
    text: [
      "'a'",
      "self.text",
      "''",
      "<text> + <text>",
      "string(<any>)",
      "<text>.replace(<text>, <text>)",
      "<text>.substring(<number>, <number>)",
      "<text>.lowerAscii()",
      "self.texts.join(<text>)",
      "<text>.trim()",
      "<text>.find(<pattern>)",
      "'%s %v'.format([<any>, <any>])",
      "x",
    ],
    pattern: ["'a'", "'^(a+)+$'", "'[[:alpha:]]{2,5}'", "'(?i)x|y'", "'\\\\\\\\p{L}'", "'('", "<text>"],
    list: [
      "[]",
      "self.list",
      "self.texts",
      "[<any>, <any>]",
      "<list> + <list>",
      "<list>.map(x, <any>)",
      "<list>.filter(x, <bool>)",
      "<text>.split(<text>)",
      "lists.range(<number>)",
      "<list>.slice(<number>, <number>)",
      "<text>.findAll(<pattern>)",
      "x",
    ],
    any: [
      "1",
      "<number>",
      "<text>",
      "<bool>",
      "<list>",
      "null",
      "1.5",
      "2u",
      "b'\\\\xff'",
      "{<any>: <any>}",
      "self.map",
      "dyn(<any>)",
      "quantity(<text>)",
      "duration('1s')",
      "self.time",
      "type(<any>)",
      "self.?inner",
      "x",
    ],
    field: ["text", "inner.name", "map.a", "missing"],
  },
  maxBytes: 1500,
  maxInflatedBytes: 20_000,
  maxMs: 1000,
  refusals: [ExpressionError, ProgramError],
  open: () => {
    const declared = declareType(SCHEMA, "selfType", true);
    if (declared === undefined) throw new TypeError("The schema has no type");
    const environment = createKubernetesEnvironment().with({
      variables: { self: declared.type, oldSelf: declared.type },
      provider: typeProvider(declared),
    });
    const self = schemaValue(VALUE, SCHEMA) as CelValue;
    const sizeOf = (path: readonly string[]) => {
      const max = maxElementsAt(declared, path);
      return max === undefined ? undefined : { min: 0, max };
    };
    return (text) => {
      const checked = environment.check(text);
      const program = environment.program(checked);
      return () => {
        const estimate = estimateCost(checked, sizeOf);
        ensure(
          estimate.min <= estimate.max || estimate.max === 0,
          "The least cost is not above the greatest",
        );
        const result = program.evaluate({ self, oldSelf: self }, PER_CALL_LIMIT);
        ensure(result.cost <= PER_CALL_LIMIT + LAST_STEP, "An evaluation ends at its limit");
        const again = program.evaluate({ self, oldSelf: self }, PER_CALL_LIMIT);
        ensureSame(again.cost, result.cost, "An evaluation costs the same every time");
        ensureSame(
          "problem" in again ? again.problem : undefined,
          "problem" in result ? result.problem : undefined,
          "It ends the same",
        );
        if ("value" in result && !isError(result.value)) rawOf(result.value);
      };
    };
  },
});

/** Expressions of the conformance cases. */
function examples(): readonly string[] {
  const path = join(import.meta.dirname, "../../conformance/cel-syntax.yaml");
  const document = Bun.YAML.parse(readFileSync(path, "utf8"));
  const texts: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value === "string" && value.length < 120) texts.push(value);
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(visit);
  };
  visit(document);
  return texts.slice(0, 150);
}
