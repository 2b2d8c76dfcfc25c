import type { NamedRuleWithOperations } from "#api/generated/admissionregistration-v1.ts";
import type { GroupVersionKind } from "#apimachinery/meta.ts";
import type { KindRegistry } from "../../registry/kind-registry.ts";
import type { ServedResource } from "../../registry/served-resource.ts";
import type { AdmissionRequest } from "../admission-plugin.ts";
import { matchesRule, type RuleTarget } from "./match-rule.ts";

/** The version of a resource that rules ask for. */
export interface MatchedResource {
  readonly served: ServedResource;
  /** Of the object, which is another one for some subresources. */
  readonly kind: GroupVersionKind;
}

export interface ResourceRules {
  readonly rules: readonly NamedRuleWithOperations[] | undefined;
  /** Whether rules about one version of a resource are about requests for the others. */
  readonly isEquivalent: boolean;
}

/** Finds out which rules are about a request. */
export class ResourceMatcher {
  readonly #registry: Pick<KindRegistry, "find" | "versionsOf">;
  #equivalents = new WeakMap<ServedResource, readonly ServedResource[]>();

  constructor(registry: Pick<KindRegistry, "find" | "versionsOf" | "onChange">) {
    this.#registry = registry;
    registry.onChange(() => {
      this.#equivalents = new WeakMap();
    });
  }

  /** The version in which the first rule wants the object that is about the request; undefined when none is. */
  match({ rules = [], isEquivalent }: ResourceRules, request: AdmissionRequest): MatchedResource | undefined {
    if (rules.some((rule) => matchesNamed(rule, ruleTarget(request, request.served)))) {
      return matchedIn(request.served, request);
    }
    if (!isEquivalent) return undefined;
    const others = this.#equivalentsOf(request);
    for (const rule of rules) {
      const served = others.find((each) => matchesNamed(rule, ruleTarget(request, each)));
      if (served !== undefined) return matchedIn(served, request);
    }
    return undefined;
  }

  /** Other versions of the same objects, and the same under the name of another group. */
  #equivalentsOf({ served, subresource }: AdmissionRequest): readonly ServedResource[] {
    const known =
      this.#equivalents.get(served) ??
      this.#registry.versionsOf(served).filter((each) => {
        const { group, version, name: resource } = each.resource;
        return each !== served && this.#registry.find({ group, version, resource }) === each;
      });
    this.#equivalents.set(served, known);
    if (subresource === "") return known;
    return known.filter(({ resource }) => resource.subresources.some(({ name }) => name === subresource));
  }
}

function ruleTarget(request: AdmissionRequest, { resource }: ServedResource): RuleTarget {
  const { operation, subresource, namespace, name } = request;
  const { group, version } = resource;
  return { operation, subresource, namespace, name, group, version, resource: resource.name };
}

function matchesNamed(rule: NamedRuleWithOperations, target: RuleTarget): boolean {
  const { resourceNames = [] } = rule;
  return matchesRule(rule, target) && (resourceNames.length === 0 || resourceNames.includes(target.name));
}

/** The resource in this version, with the kind of the objects that requests for it, or its subresource, are about. */
export function matchedIn(
  served: ServedResource,
  { subresource }: Pick<AdmissionRequest, "subresource">,
): MatchedResource {
  const { group, version, kind, subresources } = served.resource;
  const part = subresources.find(({ name }) => name === subresource);
  return {
    served,
    kind: { group: part?.group ?? group, version: part?.version ?? version, kind: part?.kind ?? kind },
  };
}
