/** `x-kubernetes-validations` of custom resources (apiextensions-apiserver pkg/apiserver/schema/cel/validation.go). */
import type { CelInput } from "@bufbuild/cel";
import { resolveFieldPath } from "#api/apiextensions/v1/field-path.ts";
import { isSchema } from "#api/apiextensions/v1/schema-tree.ts";
import type { JSONSchemaProps, ValidationRule } from "#api/generated/apiextensions-v1.ts";
import {
  duplicate,
  type FieldError,
  forbidden,
  indexPath,
  invalid,
  invalidWithoutValue,
  keyPath,
  required,
} from "#apimachinery/field-error.ts";
import { equalJson, isJsonObject } from "#apimachinery/json-value.ts";
import { ownValue } from "#base/own-value.ts";
import { correlatedItem } from "../correlate.ts";
import { toCelValue } from "./cel-value.ts";
import { type Expression, type ExpressionCompiler, ExpressionError, type Variables } from "./expression.ts";
import { NONE, some } from "./optional-library.ts";

type Errors = readonly FieldError[];

/** A value with what it replaces; `previous` is undefined where there is nothing that it could be compared with. */
interface Place {
  readonly path: string;
  readonly value: unknown;
  readonly previous: unknown;
}

interface CompiledRule {
  readonly rule: ValidationRule;
  readonly expression: Expression | ExpressionError;
  readonly message: Expression | undefined;
}

/** The rules of a schema and of all that is inside of it; only schemas that lead to rules are there. */
interface RuleTree {
  readonly schema: JSONSchemaProps;
  readonly rules: readonly CompiledRule[];
  readonly properties: ReadonlyMap<string, RuleTree>;
  readonly values: RuleTree | undefined;
  readonly items: RuleTree | undefined;
}

/** The rules of one version, compiled when they are first needed. */
export class ValidationRules {
  readonly #schema: JSONSchemaProps;
  readonly #compiler: ExpressionCompiler;
  #tree: RuleTree | undefined | "unknown" = "unknown";

  constructor(schema: JSONSchemaProps, compiler: ExpressionCompiler) {
    this.#schema = schema;
    this.#compiler = compiler;
  }

  /** `previous` is undefined for a new object. */
  validate(object: unknown, previous: unknown): Errors {
    if (this.#tree === "unknown") this.#tree = compileTree(rootOf(this.#schema), this.#compiler);
    return this.#tree === undefined ? [] : validateAt(this.#tree, { path: "", value: object, previous });
  }
}

const TEXT: JSONSchemaProps = { type: "string" };

/** Of the metadata, rules see only the names. */
function rootOf(schema: JSONSchemaProps): JSONSchemaProps {
  const metadata: JSONSchemaProps = { type: "object", properties: { name: TEXT, generateName: TEXT } };
  const { metadata: own, ...properties } = schema.properties ?? {};
  const rules = own?.["x-kubernetes-validations"];
  const named = { ...metadata, ...(rules && { "x-kubernetes-validations": rules }) };
  return { ...schema, properties: { ...properties, apiVersion: TEXT, kind: TEXT, metadata: named } };
}

function compileTree(schema: JSONSchemaProps, compiler: ExpressionCompiler): RuleTree | undefined {
  const { properties = {}, additionalProperties, items } = schema;
  const inside = (sub: unknown): RuleTree | undefined =>
    isSchema(sub) ? compileTree(sub, compiler) : undefined;
  const fields = Object.entries(properties).flatMap(([name, each]): (readonly [string, RuleTree])[] => {
    const tree = inside(each);
    return tree === undefined ? [] : [[name, tree]];
  });
  const tree: RuleTree = {
    schema,
    rules: (schema["x-kubernetes-validations"] ?? []).map((rule) => compileRule(rule, compiler)),
    properties: new Map(fields),
    values: inside(additionalProperties),
    items: inside(items),
  };
  const isEmpty =
    tree.rules.length + fields.length === 0 && tree.values === undefined && tree.items === undefined;
  return isEmpty ? undefined : tree;
}

function compileRule(rule: ValidationRule, compiler: ExpressionCompiler): CompiledRule {
  const message =
    rule.messageExpression === undefined ? undefined : tryCompile(rule.messageExpression, compiler);
  return {
    rule,
    expression: tryCompile(rule.rule, compiler),
    // A message that cannot be computed is replaced, as upstream does it.
    message: message instanceof ExpressionError ? undefined : message,
  };
}

function tryCompile(text: string, compiler: ExpressionCompiler): Expression | ExpressionError {
  try {
    return compiler.compile(text);
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
}

function validateAt(tree: RuleTree, place: Place): Errors {
  if (place.value === null || place.value === undefined) return [];
  return [...validateRules(tree, place), ...validateInside(tree, place)];
}

function validateInside(tree: RuleTree, { path, value, previous }: Place): Errors {
  const { schema, items } = tree;
  if (Array.isArray(value)) {
    if (items === undefined) return [];
    return value.flatMap((each: unknown, index) =>
      validateAt(items, {
        path: indexPath(path, index),
        value: each,
        previous: correlatedItem(schema, each, previous),
      }),
    );
  }
  if (!isJsonObject(value)) return [];
  const isAtomic = schema["x-kubernetes-map-type"] === "atomic";
  return Object.entries(value).flatMap(([name, each]) => {
    const property = tree.properties.get(name);
    const inside = property ?? tree.values;
    if (inside === undefined) return [];
    const before = isJsonObject(previous) && !isAtomic ? ownValue(previous, name) : undefined;
    const fieldPath = path === "" ? name : `${path}.${name}`;
    const at = property === undefined ? keyPath(path, name) : fieldPath;
    return validateAt(inside, { path: at, value: each, previous: before });
  });
}

function validateRules({ rules, schema }: RuleTree, place: Place): Errors {
  if (rules.length === 0) return [];
  const { value, previous } = place;
  const hasOld = previous !== undefined && previous !== null;
  const self = toCelValue(value, schema);
  const oldSelf = hasOld ? toCelValue(previous, schema) : undefined;
  const isUnchanged = hasOld && equalJson(value, previous);
  return rules.flatMap((compiled) => {
    const { rule, expression } = compiled;
    if (expression instanceof ExpressionError) {
      return [typed(schema, place, `rule compile error: compilation failed: ${expression.message}`)];
    }
    const variables = variablesOf(rule, self, oldSelf);
    if (expression.usesOldSelf && variables === undefined) return [];
    if (!expression.usesOldSelf && isUnchanged) return [];
    return validateRule(compiled, expression, {
      schema,
      place,
      variables: variables ?? { self, oldSelf: null },
    });
  });
}

/** Undefined for a rule about a transition when there is nothing that has changed. */
function variablesOf(
  { optionalOldSelf = false }: ValidationRule,
  self: CelInput,
  oldSelf: CelInput | undefined,
): Variables | undefined {
  if (optionalOldSelf) return { self, oldSelf: oldSelf === undefined ? NONE : some(oldSelf) };
  return oldSelf === undefined ? undefined : { self, oldSelf };
}

interface RuleRun {
  readonly schema: JSONSchemaProps;
  readonly place: Place;
  readonly variables: Variables;
}

function validateRule({ rule, message }: CompiledRule, expression: Expression, run: RuleRun): Errors {
  const { schema, place, variables } = run;
  const result = expression.evaluate(variables);
  if ("problem" in result) {
    const which = textOf(rule);
    const text = result.problem.startsWith("no such overload")
      ? `'${result.problem}': call arguments did not match a supported operator, function or macro signature for rule: ${which}`
      : `${result.problem} evaluating rule: ${which}`;
    return [typed(schema, place, text)];
  }
  return result.value === true ? [] : [violation(rule, messageOf(rule, message, variables), run)];
}

function typed({ type = "" }: JSONSchemaProps, { path }: Place, detail: string): FieldError {
  return invalid(path, type, detail);
}

function textOf({ message = "", rule }: ValidationRule): string {
  return (message === "" ? rule : message).trim();
}

function messageOf(rule: ValidationRule, expression: Expression | undefined, variables: Variables): string {
  const computed = expression?.evaluate(variables);
  const text = computed !== undefined && "value" in computed ? computed.value : undefined;
  // An empty message, or one with line breaks, tells nothing.
  if (typeof text === "string" && text.trim() !== "" && !text.includes("\n")) return text.trim();
  return (rule.message ?? "") === "" ? `failed rule: ${textOf(rule)}` : textOf(rule);
}

function violation(
  { reason, fieldPath }: ValidationRule,
  detail: string,
  { schema, place: { path, value } }: RuleRun,
): FieldError {
  const field = fieldPath === undefined ? path : pathOf(fieldPath, path, schema);
  if (reason === "FieldValueForbidden") return forbidden(field, detail);
  if (reason === "FieldValueRequired") return required(field, detail);
  if (reason === "FieldValueDuplicate") return duplicate(field, value);
  return typeof value === "object" ? invalidWithoutValue(field, detail) : invalid(field, value, detail);
}

function pathOf(fieldPath: string, path: string, schema: JSONSchemaProps): string {
  const resolved = resolveFieldPath(fieldPath, schema);
  const below = "path" in resolved ? resolved.path : fieldPath.replace(/^\./, "");
  return path === "" ? below : `${path}.${below}`;
}
