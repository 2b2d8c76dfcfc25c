import { PARAMETER_PREFIX, referredDefinition, referredName, type V2Spec, walkJson } from "./v2-spec.ts";

/**
 * The document with some of its paths, without definitions that only the others have used (kube-openapi `aggregator`,
 * `FilterSpecByPaths`).
 */
export function filterPaths(spec: V2Spec, isKept: (path: string) => boolean): V2Spec {
  const paths = Object.fromEntries(Object.entries(spec.paths).filter(([path]) => isKept(path)));
  const usedBefore = usedDefinitions(spec.paths, spec);
  const used = usedDefinitions(paths, spec);
  const definitions = Object.entries(spec.definitions).filter(
    ([name]) => used.has(name) || !usedBefore.has(name),
  );
  return { ...spec, paths, definitions: Object.fromEntries(definitions) };
}

/** What the paths refer to, by way of parameters and other definitions too. */
function usedDefinitions(paths: V2Spec["paths"], { definitions, parameters }: V2Spec): ReadonlySet<string> {
  const used = new Set<string>();
  const visit = (object: object): void => {
    const parameter = referredName(object, PARAMETER_PREFIX);
    if (parameter !== undefined) walkJson(parameters[parameter], visit);
    const name = referredDefinition(object);
    if (name === undefined || used.has(name)) return;
    used.add(name);
    walkJson(definitions[name], visit);
  };
  walkJson(paths, visit);
  return used;
}
