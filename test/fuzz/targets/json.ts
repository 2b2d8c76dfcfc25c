import { describeSyntaxError } from "#apimachinery/codec/json-syntax.ts";
import { checkDepth, JsonSyntaxError, parseJson } from "#apimachinery/codec/parse-json.ts";
import { findDuplicateFields, findStrictErrors } from "#apimachinery/codec/strict-errors.ts";
import { aListOf, aMapOf, aScalar, aStruct } from "#testing/schema.ts";
import { attempt, ensure, ensureSame, textTarget } from "../engine/target.ts";
import { numbersOf } from "../laws/json-values.ts";

const SCHEMA = aStruct("Thing", {
  a: aScalar("string"),
  b: aListOf(aStruct("Inner", { a: aScalar("int32") })),
  c: aMapOf(aStruct("Inner", { a: aScalar("int32") })),
});

/** JSON text: what is wrong with its syntax, duplicate and unknown fields. `JSON.parse` judges what is JSON. */
export const target = textTarget({
  seeds: [
    '{"a":"x","b":[{"a":1,"z":null}],"c":{"k":{"a":1,"a":2}}}',
    '[1,-0,1.5e+10,true,false,null,"\\u00e9\\n\\ud83d\\ude00"]',
    '{"a":1} x',
    '"\\x"',
    "9223372036854775807",
    "-9007199254740993",
    "tru",
    "1.",
    "-",
    "[1,]",
    '{"a" 1}',
    "\ufeff{}",
  ],
  dictionary: [
    "{",
    "}",
    "[",
    "]",
    '":',
    ",",
    '"',
    "\\u",
    "\\ud800",
    "null",
    "true",
    "1e",
    '"a":',
    '"b":[',
    '"c":{',
  ],
  refusals: [JsonSyntaxError],
  open: () => (text) => {
    const native = attempt([SyntaxError], () => ({ value: JSON.parse(text) as unknown }));
    const problem = describeSyntaxError(text);
    ensureSame(problem === undefined, native !== undefined, "The scanner refuses what JSON.parse refuses");
    const value = parseJson(text);
    return () => {
      ensureSame(numbersOf(value), native?.value, "A document means what JSON.parse says");
      const written = JSON.stringify(value);
      ensureSame(JSON.stringify(parseJson(written)), written, "What is written is read back");
      checkDepth(value);
      ensure(findStrictErrors(SCHEMA, text).length <= 100, "There are at most 100 strict errors");
      const duplicates = findDuplicateFields(text);
      ensure(
        written !== text || duplicates.length === 0,
        `A document that is written as it is read has ${duplicates[0] ?? "no duplicates"}`,
      );
    };
  },
});
