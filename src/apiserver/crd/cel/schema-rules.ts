/**
 * What is wrong with the rules of a schema (upstream pkg/apis/apiextensions/validation, the parts about CEL): they
 * cannot be compiled, they could cost too much, or they compare what cannot be compared.
 */
import { isSchema } from "#api/apiextensions/v1/schema-tree.ts";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { internalForm } from "#api/validation/internal-form.ts";
import {
  type FieldError,
  forbidden,
  indexPath,
  internalFieldError,
  invalid,
  keyPath,
} from "#apimachinery/field-error.ts";
import type { CompileBudget } from "../../cel/compile-budget.ts";
import { bounded } from "../../cel/cost/estimate.ts";
import { type DeclaredType, declareType } from "../../cel/schema/declared-type.ts";
import { escapeName } from "../../cel/schema/field-names.ts";
import { isEmbedded } from "../../cel/schema/structural-schema.ts";
import { type CompiledRule, compileRule, maxCardinality, maxCostOf } from "./compile-rules.ts";
import { type ExpressionCompiler, partsOf } from "./expression-compiler.ts";
import { lazy } from "./lazy.ts";
import { type RuleCost, SchemaCosts } from "./schema-costs.ts";

export interface SchemaRulesOptions {
  readonly path: string;
  /** The schema has been stored before: each of its rules may cost what it does. */
  readonly isUnchanged: boolean;
  /** Of all schemas of the definition. */
  readonly budget: CompileBudget;
}

export function checkSchemaRules(
  schema: JSONSchemaProps,
  options: SchemaRulesOptions,
  compiler: ExpressionCompiler,
): readonly FieldError[] {
  const checker = new SchemaRules(options, compiler);
  checker.visit({
    schema,
    path: options.path,
    declare: () => declareType(schema, TYPE_NAME, true),
    hasOuterRules: false,
    cardinality: 1,
    uncorrelated: undefined,
  });
  return checker.errors;
}

const TYPE_NAME = "selfType";

const RULE_FORM = {
  Rule: "",
  Message: "",
  MessageExpression: "",
  Reason: null,
  FieldPath: "",
  OptionalOldSelf: null,
} as const;

/** A schema and where it is. */
interface Site {
  readonly schema: JSONSchemaProps;
  readonly path: string;
  /** The type of its values, as it is seen from the next schema outwards with rules. */
  readonly declare: () => DeclaredType | undefined;
  readonly hasOuterRules: boolean;
  /** How many values there are at most; undefined when that is not limited. */
  readonly cardinality: number | undefined;
  /** Where the values begin that cannot be compared with older ones; undefined when they can be. */
  readonly uncorrelated: string | undefined;
}

class SchemaRules {
  readonly #errors: FieldError[] = [];
  readonly #options: SchemaRulesOptions;
  readonly #compiler: ExpressionCompiler;
  readonly #costs = new SchemaCosts();

  constructor(options: SchemaRulesOptions, compiler: ExpressionCompiler) {
    this.#options = options;
    this.#compiler = compiler;
  }

  get errors(): readonly FieldError[] {
    return [...this.#errors, ...this.#costs.totalErrors(this.#options.path)];
  }

  /** What is inside comes before what is around it. */
  visit(site: Site): void {
    const { schema, path } = site;
    const { additionalProperties, properties = {}, items } = schema;
    const declared = lazy(site.declare);
    const inside = (
      sub: JSONSchemaProps,
      place: string,
      typeOf: (type: DeclaredType) => DeclaredType | undefined,
    ) =>
      this.visit(
        this.#inside(site, {
          schema: sub,
          path: place,
          declare: () => typeOfPart(sub, site, declared, typeOf),
        }),
      );
    if (isSchema(additionalProperties)) {
      inside(additionalProperties, `${path}.additionalProperties`, ({ element }) => element);
    }
    for (const [name, each] of Object.entries(properties)) {
      const field = escapeName(name);
      inside(each, keyPath(`${path}.properties`, name), ({ fields }) =>
        field === undefined ? undefined : fields?.get(field),
      );
    }
    if (isSchema(items)) inside(items, `${path}.items`, ({ element }) => element);
    this.#check(site, declared);
  }

  #inside(site: Site, part: Pick<Site, "schema" | "path" | "declare">): Site {
    const { schema } = site;
    const isList = isSchema(schema.items);
    const isCorrelated = !isList || schema["x-kubernetes-list-type"] === "map";
    const max = maxElementsOf(schema);
    const { cardinality } = site;
    return {
      ...part,
      hasOuterRules: hasOwnRules(site),
      cardinality: cardinality === undefined || max === undefined ? undefined : bounded(cardinality * max),
      uncorrelated: isCorrelated ? site.uncorrelated : site.path,
    };
  }

  #check(site: Site, declare: () => DeclaredType | undefined): void {
    const { schema, path } = site;
    const rules = schema["x-kubernetes-validations"] ?? [];
    if (rules.length === 0 || this.#options.budget.isSpent) return;
    const at = `${path}.x-kubernetes-validations`;
    const declared = declare();
    if (declared === undefined) {
      const problem = "unable to convert structural schema to CEL declarations";
      const detail = `internal error: failed to construct type information for x-kubernetes-validations rules: ${problem}`;
      this.#errors.push(internalFieldError(at, detail));
      return;
    }
    for (const [index, rule] of rules.entries()) {
      if (this.#options.budget.isSpent) return;
      const place = indexPath(at, index);
      const compiled = compileRule(rule, { schema, declared }, this.#compiler);
      this.#spend(compiled, `${place}.rule`);
      this.#checkRule(compiled, place, site, declared);
    }
  }

  #spend({ expression, message }: CompiledRule, path: string): void {
    const { budget } = this.#options;
    for (const each of [expression, message]) if (each !== undefined) budget.spend(partsOf(each));
    if (budget.isSpent)
      this.#errors.push(forbidden(path, "the rules of the definition are too large together"));
  }

  #checkRule(compiled: CompiledRule, at: string, site: Site, declared: DeclaredType): void {
    const { rule, expression, message } = compiled;
    const times = site.cardinality ?? maxCardinality(declared);
    const cost = bounded(maxCostOf(expression, declared) * times);
    this.#checkCost({ path: `${at}.rule`, cost }, "estimated rule cost");
    if (expression !== undefined && "problem" in expression) {
      this.#errors.push(invalid(`${at}.rule`, internalForm(rule, RULE_FORM), expression.problem));
    }
    if (message !== undefined && "problem" in message) {
      this.#errors.push(invalid(`${at}.messageExpression`, internalForm(rule, RULE_FORM), message.problem));
    } else if (message !== undefined) {
      const path = `${at}.messageExpression`;
      this.#checkCost({ path, cost: maxCostOf(message, declared) }, "estimated messageExpression cost");
    }
    this.#checkTransition(compiled, at, site);
  }

  #checkTransition(
    { rule: { rule, optionalOldSelf }, usesOldSelf }: CompiledRule,
    at: string,
    { uncorrelated }: Site,
  ): void {
    if (!usesOldSelf) {
      if (optionalOldSelf === undefined) return;
      const detail = "may not be set if oldSelf is not used in rule";
      this.#errors.push(invalid(`${at}.optionalOldSelf`, optionalOldSelf, detail));
    } else if (uncorrelated !== undefined) {
      const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelated}`;
      this.#errors.push(invalid(`${at}.rule`, rule, detail));
    }
  }

  #checkCost(cost: RuleCost, name: string): void {
    const error = this.#costs.add(cost, name);
    if (error !== undefined && !this.#options.isUnchanged) this.#errors.push(error);
  }
}

function hasOwnRules({ schema, hasOuterRules }: Site): boolean {
  return hasOuterRules || (schema["x-kubernetes-validations"] ?? []).length > 0;
}

/** The type of a part: that which a rule further out sees, or else that of its own schema. */
function typeOfPart(
  schema: JSONSchemaProps,
  outer: Site,
  declared: () => DeclaredType | undefined,
  typeOf: (type: DeclaredType) => DeclaredType | undefined,
): DeclaredType | undefined {
  const type = hasOwnRules(outer) ? declared() : undefined;
  return (type && typeOf(type)) ?? declareType(schema, TYPE_NAME, isEmbedded(schema));
}

/** How many values there are of what is inside of a schema, for each of its own; undefined when that is not limited. */
function maxElementsOf({
  type,
  additionalProperties,
  maxProperties,
  maxItems,
}: JSONSchemaProps): number | undefined {
  if (type === "array") return maxItems === undefined ? undefined : Math.max(maxItems, 0);
  if (type !== "object" || additionalProperties === undefined) return 1;
  return maxProperties === undefined ? undefined : Math.max(maxProperties, 0);
}
