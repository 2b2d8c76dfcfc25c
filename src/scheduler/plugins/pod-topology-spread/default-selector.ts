import type { Pod } from "#api/generated/core-v1.ts";
import type { LabelSelector } from "#apimachinery/generated/meta-v1.ts";
import { controllerOf } from "#apimachinery/owners.ts";
import type { LabelPredicate } from "#apimachinery/selectors/label-requirement.ts";
import {
  compileLabelSelector,
  compileLabelSet,
  matchEverything,
} from "#apimachinery/selectors/label-selector.ts";
import { ownValue } from "#base/own-value.ts";
import type { Listers } from "../../framework/listers.ts";

export interface Company {
  readonly matches: LabelPredicate;
  /** Says the same as `matches`. */
  readonly selectorKey: string;
}

/**
 * The pods that belong together with this one, as its Services and its controller select them; undefined when
 * nobody selects it (upstream `helper.DefaultSelector`).
 */
export function selectorOfCompany(pod: Pod, listers: Listers): Company | undefined {
  const ofServices = labelsOfServices(pod, listers);
  const ofController = controllerSelector(pod, listers);
  const matchers = [compileLabelSet(ofServices), compileLabelSelector(ofController)];
  if (matchers.every((matcher) => matcher === matchEverything)) return undefined;
  return {
    matches: (labels) => matchers.every(({ matches }) => matches(labels)),
    selectorKey: JSON.stringify([ofServices, ofController]),
  };
}

function labelsOfServices({ metadata }: Pod, { services }: Listers): Readonly<Record<string, string>> {
  // Namespaces can have thousands of Services: their selectors are compared without being compiled.
  const selectors = services
    .list(metadata.namespace ?? "")
    .map(({ spec }) => Object.entries(spec?.selector ?? {}))
    .filter((selector) => selector.length > 0)
    .filter((selector) => selector.every(([name, value]) => ownValue(metadata.labels, name) === value));
  return Object.fromEntries(selectors.flat()) as Readonly<Record<string, string>>;
}

/** Empty, which selects everything, for pods of other controllers and of none. */
function controllerSelector(pod: Pod, listers: Listers): LabelSelector {
  const { apiVersion, kind, name } = controllerOf(pod) ?? { apiVersion: "", kind: "", name: "" };
  const { namespace = "" } = pod.metadata;
  switch (`${apiVersion}/${kind}`) {
    case "v1/ReplicationController":
      return { matchLabels: listers.replicationControllers.get(namespace, name)?.spec?.selector ?? {} };
    case "apps/v1/ReplicaSet":
      return listers.replicaSets.get(namespace, name)?.spec?.selector ?? {};
    case "apps/v1/StatefulSet":
      return listers.statefulSets.get(namespace, name)?.spec?.selector ?? {};
    default:
      return {};
  }
}
