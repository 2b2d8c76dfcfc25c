import type { PolicyRule } from "#api/generated/rbac-v1.ts";
import type { AuthorizationAttributes } from "../authorizer.ts";
import { ALL, resourceNamesOf, urlCovers } from "./policy-rules.ts";

/** Who may do something to objects of a resource: `any` name, or those in `names`. Values say by which binding. */
interface Grants {
  any?: string;
  readonly names: Map<string, string>;
}

type GrantsByResource = Map<string, Grants>;

/** What a table is asked; made once for all tables that a user has. */
export interface Question {
  readonly attributes: AuthorizationAttributes;
  readonly resources: readonly string[];
}

export function toQuestion(attributes: AuthorizationAttributes): Question {
  const isResource = attributes.type === "resource";
  return {
    attributes,
    resources: isResource ? resourceNamesOf(attributes.resource, attributes.subresource) : [],
  };
}

/**
 * Many rules as one table, so that the cost of a question does not grow with their number. It gives the same answers as
 * asking `ruleAllows` of each rule.
 */
export class PermissionTable {
  /** By verb, API group and resource. */
  readonly #resources = new Map<string, Map<string, GrantsByResource>>();
  /** By verb; patterns in the order of their rules. */
  readonly #urls = new Map<string, Map<string, string>>();

  /** Where several rules allow the same, the source of the first is told. */
  add(rule: PolicyRule, source: string): void {
    const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
    for (const verb of verbs) {
      for (const url of nonResourceURLs) addOnce(entryOf(this.#urls, verb, newMap<string>), url, source);
      for (const group of apiGroups) {
        for (const resource of resources) this.#addNames(verb, group, resource, resourceNames, source);
      }
    }
  }

  /** The source of a rule that allows it; undefined when none does. */
  find(question: Question): string | undefined {
    return this.#findVerb(question.attributes.verb, question) ?? this.#findVerb(ALL, question);
  }

  #addNames(verb: string, group: string, resource: string, names: readonly string[], source: string): void {
    const byGroup = entryOf(this.#resources, verb, newMap<GrantsByResource>);
    const byResource = entryOf(byGroup, group, newMap<Grants>);
    const grants = entryOf(byResource, resource, (): Grants => ({ names: new Map() }));
    if (names.length === 0) grants.any ??= source;
    for (const name of names) addOnce(grants.names, name, source);
  }

  #findVerb(verb: string, question: Question): string | undefined {
    const { attributes } = question;
    if (attributes.type === "nonResource") return findUrl(this.#urls.get(verb), attributes.path);
    const byGroup = this.#resources.get(verb);
    if (byGroup === undefined) return undefined;
    const { group, name } = attributes;
    return (
      findResource(byGroup.get(group), question.resources, name) ??
      findResource(byGroup.get(ALL), question.resources, name)
    );
  }
}

function findResource(
  byResource: GrantsByResource | undefined,
  resources: readonly string[],
  name: string,
): string | undefined {
  if (byResource === undefined) return undefined;
  for (const each of resources) {
    const grants = byResource.get(each);
    const source = grants?.any ?? grants?.names.get(name);
    if (source !== undefined) return source;
  }
  return undefined;
}

function findUrl(patterns: ReadonlyMap<string, string> | undefined, path: string): string | undefined {
  if (patterns === undefined) return undefined;
  const exact = patterns.get(path);
  if (exact !== undefined) return exact;
  for (const [pattern, source] of patterns) if (urlCovers(pattern, path)) return source;
  return undefined;
}

function newMap<V>(): Map<string, V> {
  return new Map();
}

function addOnce(sources: Map<string, string>, key: string, source: string): void {
  if (!sources.has(key)) sources.set(key, source);
}

function entryOf<V>(map: Map<string, V>, key: string, create: () => V): V {
  const present = map.get(key);
  if (present !== undefined) return present;
  const created = create();
  map.set(key, created);
  return created;
}
