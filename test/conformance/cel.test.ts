/**
 * The conformance tests of CEL's specification, as the package of Buf carries them. Left out is what Kubernetes'
 * environment does not have.
 */
import { describe, expect, test } from "bun:test";
import { tests as conformance } from "@bufbuild/cel-spec/testdata/conformance.js";
import { Environment } from "#apiserver/cel/environment.ts";
import { ProgramError } from "#apiserver/cel/evaluator/node.ts";
import { listsLibrary } from "#apiserver/cel/library/lists.ts";
import { optionalsLibrary } from "#apiserver/cel/library/optionals.ts";
import { standardLibrary } from "#apiserver/cel/library/standard.ts";
import { stringsLibrary } from "#apiserver/cel/library/strings.ts";
import { bindingsLibrary, twoVariablesLibrary } from "#apiserver/cel/library/two-variables.ts";
import { ExpressionError } from "#apiserver/cel/syntax/issue.ts";
import * as types from "#apiserver/cel/types/type.ts";
import { equal } from "#apiserver/cel/values/equality.ts";
import { isList, ValueList } from "#apiserver/cel/values/list.ts";
import { isMap, mapOf } from "#apiserver/cel/values/map.ts";
import { Uint } from "#apiserver/cel/values/uint.ts";
import {
  CelError,
  CelTypeValue,
  type CelValue,
  type Result,
  runtimeType,
} from "#apiserver/cel/values/value.ts";

type Json = Readonly<Record<string, unknown>>;

interface Case {
  readonly name: string;
  readonly original: {
    readonly expr: string;
    readonly value?: Json;
    readonly typedResult?: { readonly result?: Json; readonly deducedType?: Json };
    readonly evalError?: Json;
    readonly typeEnv?: readonly Json[];
    readonly bindings?: Readonly<Record<string, { readonly value: Json }>>;
    readonly container?: string;
    readonly checkOnly?: boolean;
    readonly disableCheck?: boolean;
  };
  readonly error?: string;
  readonly type?: string;
}

interface Suite {
  readonly name: string;
  readonly suites?: readonly Suite[];
  readonly tests?: readonly Omit<Case, "name">[];
}

/** Suites about messages of Protocol Buffers, and about libraries that Kubernetes does not have. */
const OTHER_SUITES = /^(?:block_ext|dynamic|encoders_ext|enums|math_ext|proto2|proto2_ext|proto3|wrappers)$/;
const MESSAGES =
  /TestAll|google\.protobuf|NullValue|\b(?:Any|Value|Struct|ListValue|[A-Z]\w*Value|Duration|Timestamp)\s*\{|GlobalEnum|proto2|proto3|cel\.expr/;
/** Syntax, options and versions of cel-go that Kubernetes does not use. */
const OTHER_CASES =
  /quoted_map_fields|self_eval_container_lookup|map_value_repeat_key|map_null_entry_no_such_key|map_present_key_invalid_field|indexof_out_of_range|function_result_type|type_parameters\/multiple|string_ext\/format.*(?:scientific|infinity|support for decimal|fixed-point|map|list)/;
const OTHER_FUNCTIONS = /\.reverse\(\)|math\.|base64|strings\.|network/;

const env = Environment.of([
  standardLibrary,
  optionalsLibrary,
  stringsLibrary,
  twoVariablesLibrary,
  bindingsLibrary,
  listsLibrary,
]);

function casesOf(suite: Suite, path: readonly string[] = []): readonly Case[] {
  const own = (suite.tests ?? []).map((each) => ({
    ...each,
    name: [...path, (each.original as { readonly name?: string }).name ?? each.original.expr].join("/"),
  }));
  return [...own, ...(suite.suites ?? []).flatMap((each) => casesOf(each, [...path, each.name]))];
}

function isApplicable({ name, original }: Case): boolean {
  const text = JSON.stringify([original.expr, original.typeEnv, original.bindings, original.value]);
  if (OTHER_SUITES.test(name.split("/")[0] ?? "") || OTHER_CASES.test(name)) return false;
  return !MESSAGES.test(text) && !OTHER_FUNCTIONS.test(original.expr);
}

function typeFrom(json: Json): types.CelType {
  const { primitive, wellKnown, listType, mapType, abstractType, messageType } = json as Readonly<
    Record<string, never>
  >;
  if (primitive !== undefined) {
    const name = String(primitive)
      .toLowerCase()
      .replace("int64", "int")
      .replace(/^uint$|^uint64$/, "uint");
    return (
      {
        bool: types.BOOL,
        int: types.INT,
        uint: types.UINT,
        double: types.DOUBLE,
        string: types.STRING,
        bytes: types.BYTES,
      }[name] ?? types.DYN
    );
  }
  if (wellKnown !== undefined) return wellKnown === "TIMESTAMP" ? types.TIMESTAMP : types.DURATION;
  if (listType !== undefined) return types.listType(typeFrom((listType as Json)["elemType"] as Json));
  if (mapType !== undefined) {
    const { keyType, valueType } = mapType as Readonly<Record<string, Json>>;
    return types.mapType(typeFrom(keyType ?? {}), typeFrom(valueType ?? {}));
  }
  if (abstractType !== undefined) {
    const { name, parameterTypes = [] } = abstractType as { name: string; parameterTypes?: Json[] };
    return types.opaqueType(name, ...parameterTypes.map(typeFrom));
  }
  return messageType === undefined ? types.DYN : types.objectType(messageType);
}

function valueFrom(json: Json): CelValue {
  const [[kind, value] = ["", null]] = Object.entries(json);
  switch (kind) {
    case "int64Value":
      return BigInt(value as string);
    case "uint64Value":
      return new Uint(BigInt(value as string));
    case "doubleValue":
      return Number(value);
    case "bytesValue":
      return Buffer.from(value as string, "base64");
    case "listValue":
      return new ValueList(((value as { values?: Json[] }).values ?? []).map(valueFrom));
    case "mapValue": {
      const { entries = [] } = value as { entries?: { key: Json; value: Json }[] };
      const map = mapOf(entries.map((each) => [valueFrom(each.key), valueFrom(each.value)] as const));
      if (map instanceof CelError) throw new Error(map.message);
      return map;
    }
    case "typeValue":
      return new CelTypeValue(typeNamed(String(value)));
    default:
      return value as CelValue;
  }
}

function typeNamed(name: string): types.CelType {
  const all = [
    types.BOOL,
    types.BYTES,
    types.DOUBLE,
    types.INT,
    types.NULL,
    types.STRING,
    types.TYPE,
    types.UINT,
    types.TIMESTAMP,
    types.DURATION,
  ];
  return (
    all.find((each) => each.name === name) ??
    runtimeType(name === "list" ? new ValueList([]) : (mapOf([]) as CelValue))
  );
}

/** Kubernetes wants the elements of a list to be of one type, and all expressions to have types. */
class Refused extends CelError {}

function evaluate({ original }: Case): Result {
  const { typeEnv = [], bindings = {} } = original;
  const declared = typeEnv.flatMap((each) => {
    const { name, ident } = each as { name: string; ident?: { type: Json } };
    return ident === undefined ? [] : [[name, typeFrom(ident.type)] as const];
  });
  const undeclared = Object.keys(bindings).map((name) => [name, types.DYN] as const);
  const scoped = env.with({ variables: Object.fromEntries([...undeclared, ...declared]) });
  try {
    const checked = scoped.check(original.expr);
    if (original.checkOnly === true) return new CelTypeValue(checked.type);
    const values = Object.entries(bindings).map(([name, { value }]) => [name, valueFrom(value)] as const);
    const result = scoped.program(checked).evaluate(Object.fromEntries(values), 1_000_000);
    return "value" in result ? result.value : new CelError(result.problem);
  } catch (error) {
    if (error instanceof ProgramError) return new CelError(error.message);
    if (!(error instanceof ExpressionError)) throw error;
    const isUntyped = original.disableCheck === true || /expected type '.*' but found/.test(error.message);
    return isUntyped ? new Refused(error.message) : new CelError(error.message);
  }
}

function isSame(actual: Result, wanted: CelValue): boolean {
  if (typeof actual === "number" && Number.isNaN(actual)) return Number.isNaN(wanted);
  if (actual instanceof CelError) return false;
  const isContainer = isList(actual) || isMap(actual);
  return (
    equal(actual, wanted) === true && (isContainer || runtimeType(actual).name === runtimeType(wanted).name)
  );
}

describe("the specification of CEL", () => {
  const cases = casesOf(conformance as unknown as Suite).filter(isApplicable);
  const refused = cases.filter((each) => evaluate(each) instanceof Refused);

  test("has as many cases that apply as before", () => {
    expect({ all: cases.length, refused: refused.length }).toMatchInlineSnapshot(`
      {
        "all": 1354,
        "refused": 141,
      }
    `);
  });

  test.each(cases.filter((each) => !refused.includes(each)))("$name", (each) => {
    const actual = evaluate(each);
    const { value, typedResult, evalError, expr } = each.original;
    if (evalError !== undefined) return expect(actual, expr).toBeInstanceOf(CelError);
    if (each.original.checkOnly === true) return expect(actual, expr).not.toBeInstanceOf(CelError);
    const wanted = valueFrom(value ?? typedResult?.result ?? { boolValue: true });
    expect({ expr, isSame: isSame(actual, wanted), actual }).toMatchObject({ isSame: true });
  });
});
