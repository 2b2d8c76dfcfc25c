import { type FieldError, forbidden } from "#apimachinery/field-error.ts";
import { bounded } from "../../cel/cost/estimate.ts";

/** What one rule may cost at most, times the number of values that it is about. */
const RULE_COST_LIMIT = 10_000_000;
/** What all rules of a schema may cost at most. */
const SCHEMA_COST_LIMIT = 100_000_000;
/** How many rules are named when all of them cost too much together. */
const MAX_NAMED = 4;

const HINT =
  "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)";

export interface RuleCost {
  readonly path: string;
  readonly cost: number;
}

/** Adds up what the rules of a schema may cost. */
export class SchemaCosts {
  readonly #expensive: RuleCost[] = [];
  #total = 0;

  /** Returns what is wrong with the cost of the rule alone. */
  add({ path, cost }: RuleCost, name: string): FieldError | undefined {
    this.#total = bounded(this.#total + cost);
    if (cost >= SCHEMA_COST_LIMIT / 100) this.#expensive.push({ path, cost });
    if (cost <= RULE_COST_LIMIT) return undefined;
    return forbidden(path, costMessage(name, cost, RULE_COST_LIMIT));
  }

  /** What is wrong with the cost of all together; `path` is the schema's. */
  totalErrors(path: string): readonly FieldError[] {
    if (this.#total <= SCHEMA_COST_LIMIT) return [];
    const named = this.#expensive.toSorted((a, b) => b.cost - a.cost).slice(0, MAX_NAMED);
    const detail =
      "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema";
    const name = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
    const total = forbidden(path, costMessage(name, this.#total, SCHEMA_COST_LIMIT));
    return [...named.map((each) => forbidden(each.path, detail)), total];
  }
}

function costMessage(name: string, cost: number, limit: number): string {
  const times = cost / limit;
  const factor =
    times > 100 ? "more than 100x" : times < 1.5 ? `${times.toFixed(6)}x` : `${times.toFixed(1)}x`;
  return `${name} exceeds budget by factor of ${factor} ${HINT}`;
}
