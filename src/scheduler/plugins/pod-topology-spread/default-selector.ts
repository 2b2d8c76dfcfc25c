import type { Pod } from "#api/generated/core-v1.ts";
import { controllerOf } from "#apimachinery/owners.ts";
import {
  compileLabelSelector,
  compileLabelSet,
  type LabelMatcher,
  matchEverything,
} from "#apimachinery/selectors/label-selector.ts";
import type { Listers } from "../../framework/listers.ts";

/**
 * The pods that belong together with this one, as its Services and its controller select them; undefined when
 * nobody selects it (upstream `helper.DefaultSelector`).
 */
export function selectorOfCompany(pod: Pod, listers: Listers): LabelMatcher["matches"] | undefined {
  const matchers = [compileLabelSet(labelsOfServices(pod, listers)), controllerSelector(pod, listers)];
  const [first, ...others] = matchers.filter((matcher) => matcher !== matchEverything);
  if (first === undefined) return undefined;
  return (labels) => first.matches(labels) && others.every(({ matches }) => matches(labels));
}

function labelsOfServices({ metadata }: Pod, { services }: Listers): Readonly<Record<string, string>> {
  const selectors = services
    .list(metadata.namespace ?? "")
    .map(({ spec }) => spec?.selector ?? {})
    .filter((selector) => Object.keys(selector).length > 0)
    .filter((selector) => compileLabelSet(selector).matches(metadata.labels));
  return Object.assign({}, ...selectors) as Readonly<Record<string, string>>;
}

function controllerSelector(pod: Pod, listers: Listers): LabelMatcher {
  const { apiVersion, kind, name } = controllerOf(pod) ?? { apiVersion: "", kind: "", name: "" };
  const { namespace = "" } = pod.metadata;
  switch (`${apiVersion}/${kind}`) {
    case "v1/ReplicationController":
      return compileLabelSet(listers.replicationControllers.get(namespace, name)?.spec?.selector);
    case "apps/v1/ReplicaSet":
      return selectorOf(listers.replicaSets.get(namespace, name));
    case "apps/v1/StatefulSet":
      return selectorOf(listers.statefulSets.get(namespace, name));
    default:
      return matchEverything;
  }
}

type Workload = ReturnType<Listers["replicaSets"]["get"]> | ReturnType<Listers["statefulSets"]["get"]>;

function selectorOf(workload: Workload): LabelMatcher {
  const selector = workload?.spec?.selector;
  return selector === undefined ? matchEverything : compileLabelSelector(selector);
}
