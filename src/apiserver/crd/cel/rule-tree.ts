/** The rules of a schema and of all that is inside of it (upstream pkg/apiserver/schema/cel `Validator`). */
import { isSchema } from "#api/apiextensions/v1/schema-tree.ts";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { type DeclaredType, declareType } from "../../cel/schema/declared-type.ts";
import { escapeName } from "../../cel/schema/field-names.ts";
import { isEmbedded, withTypeAndNames } from "../../cel/schema/structural-schema.ts";
import { type CompiledRule, compileRule } from "./compile-rules.ts";
import type { ExpressionCompiler } from "./expression-compiler.ts";
import { lazy } from "./lazy.ts";

/** Only schemas that lead to rules have one. */
export interface RuleTree {
  /** What values look like. */
  readonly schema: JSONSchemaProps;
  /** They are compiled with the first value that they are about. */
  readonly rules: () => readonly CompiledRule[];
  /** Why there are rules that cannot be compiled: nothing is known of the values. */
  readonly problem: string | undefined;
  readonly properties: ReadonlyMap<string, RuleTree>;
  readonly values: RuleTree | undefined;
  readonly items: RuleTree | undefined;
  readonly allOf: readonly RuleTree[];
}

/** What object types are called in messages. */
const TYPE_NAME = "selfType";

/** A schema with the rules of another one about the same values: `allOf` adds rules and no fields. */
interface Source {
  readonly rules: JSONSchemaProps;
  readonly schema: JSONSchemaProps;
  readonly declared: DeclaredType | undefined;
  readonly isResource: boolean;
}

export function ruleTree(
  schema: JSONSchemaProps,
  compiler: ExpressionCompiler,
  isResource: boolean,
): RuleTree | undefined {
  if (!hasRules(schema)) return undefined;
  const declared = declareType(schema, TYPE_NAME, isResource);
  return treeOf({ rules: schema, schema, declared, isResource }, compiler);
}

/** Rules of `allOf` alone are not looked for. */
export function hasRules(schema: JSONSchemaProps): boolean {
  if ((schema["x-kubernetes-validations"] ?? []).length > 0) return true;
  const { properties = {}, additionalProperties, items } = schema;
  return [items, additionalProperties, ...Object.values(properties)].some(
    (each) => isSchema(each) && hasRules(each),
  );
}

function treeOf(source: Source, compiler: ExpressionCompiler): RuleTree | undefined {
  const { rules, schema, declared, isResource } = source;
  const own = rules["x-kubernetes-validations"] ?? [];
  const inside = (sub: unknown, node: unknown, type: DeclaredType | undefined): RuleTree | undefined =>
    isSchema(sub) && isSchema(node)
      ? treeOf({ rules: sub, schema: node, declared: type, isResource: isEmbedded(node) }, compiler)
      : undefined;
  const allOf = (rules.allOf ?? []).flatMap((each) => treeOf({ ...source, rules: each }, compiler) ?? []);
  const tree: RuleTree = {
    schema: isResource ? withTypeAndNames(schema) : schema,
    rules: lazy(() =>
      declared === undefined ? [] : own.map((rule) => compileRule(rule, { schema, declared }, compiler)),
    ),
    problem:
      own.length > 0 && declared === undefined
        ? "failed to convert to declType for CEL validation rules"
        : undefined,
    properties: propertyTrees(source, compiler),
    values: inside(rules.additionalProperties, schema.additionalProperties, declared?.element),
    items: inside(rules.items, schema.items, declared?.element),
    allOf,
  };
  const isEmpty =
    own.length + tree.properties.size + allOf.length === 0 &&
    tree.values === undefined &&
    tree.items === undefined;
  return isEmpty ? undefined : tree;
}

function propertyTrees(
  { rules, schema, declared }: Source,
  compiler: ExpressionCompiler,
): ReadonlyMap<string, RuleTree> {
  const found = new Map<string, RuleTree>();
  for (const [name, property] of Object.entries(rules.properties ?? {})) {
    const node = schema.properties?.[name];
    if (node === undefined) continue;
    const escaped = escapeName(name);
    const type = escaped === undefined ? declareType(node, TYPE_NAME) : declared?.fields?.get(escaped);
    // What expressions cannot see has no rules either.
    if (type === undefined) continue;
    const tree = treeOf(
      { rules: property, schema: node, declared: type, isResource: isEmbedded(node) },
      compiler,
    );
    if (tree !== undefined) found.set(name, tree);
  }
  return found;
}
