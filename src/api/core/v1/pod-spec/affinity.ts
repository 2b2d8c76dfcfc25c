import { type FieldError, forbidden, indexPath, invalid, required } from "#apimachinery/field-error.ts";
import { checkDNS1123Label } from "#apimachinery/formats.ts";
import type { LabelSelector } from "#apimachinery/generated/meta-v1.ts";
import { validateLabelName, validateLabelSelector } from "#apimachinery/selectors/label-validation.ts";
import type {
  Affinity,
  NodeAffinity,
  PodAffinity,
  PodAffinityTerm,
  PodAntiAffinity,
} from "../../../generated/core-v1.ts";
import { checkFormat, validateEach, validateOptional } from "../../../validation/checks.ts";
import { validateNodeSelector, validateNodeSelectorTerm } from "./node-selector.ts";

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

export function validateAffinity(affinity: Affinity, path: string): readonly FieldError[] {
  return [
    ...validateOptional(affinity.nodeAffinity, `${path}.nodeAffinity`, validateNodeAffinity),
    ...validateOptional(affinity.podAffinity, `${path}.podAffinity`, validatePodAffinity),
    ...validateOptional(affinity.podAntiAffinity, `${path}.podAntiAffinity`, validatePodAffinity),
  ];
}

/** Label keys whose values the API server copies from the pod into the selector when the pod is created. */
export function validateMatchLabelKeys(
  keys: { readonly matchLabelKeys?: readonly string[]; readonly mismatchLabelKeys?: readonly string[] },
  selector: LabelSelector | undefined,
  path: string,
): readonly FieldError[] {
  const { matchLabelKeys = [], mismatchLabelKeys = [] } = keys;
  return [
    ...validateLabelKeys(matchLabelKeys, selector, `${path}.matchLabelKeys`),
    ...validateLabelKeys(mismatchLabelKeys, selector, `${path}.mismatchLabelKeys`),
    ...validateKeysOnce(matchLabelKeys, selector, path),
    ...matchLabelKeys.flatMap((key, index) =>
      mismatchLabelKeys.includes(key)
        ? [
            invalid(
              indexPath(`${path}.matchLabelKeys`, index),
              key,
              "exists in both matchLabelKeys and mismatchLabelKeys",
            ),
          ]
        : [],
    ),
  ];
}

function validateNodeAffinity(affinity: NodeAffinity, path: string): readonly FieldError[] {
  return [
    ...validateOptional(affinity[REQUIRED], `${path}.${REQUIRED}`, validateNodeSelector),
    ...validateEach(affinity[PREFERRED], `${path}.${PREFERRED}`, ({ weight, preference }, termPath) => [
      ...validateWeight(weight, `${termPath}.weight`),
      ...validateNodeSelectorTerm(preference, `${termPath}.preference`, true),
    ]),
  ];
}

function validatePodAffinity(affinity: PodAffinity | PodAntiAffinity, path: string): readonly FieldError[] {
  return [
    ...validateEach(affinity[REQUIRED], `${path}.${REQUIRED}`, validatePodAffinityTerm),
    ...validateEach(affinity[PREFERRED], `${path}.${PREFERRED}`, ({ weight, podAffinityTerm }, termPath) => [
      ...validateWeight(weight, `${termPath}.weight`),
      ...validatePodAffinityTerm(podAffinityTerm, `${termPath}.podAffinityTerm`),
    ]),
  ];
}

function validatePodAffinityTerm(term: PodAffinityTerm, path: string): readonly FieldError[] {
  const { labelSelector, namespaceSelector, namespaces = [], topologyKey } = term;
  return [
    ...validateLabelSelector(labelSelector, `${path}.labelSelector`),
    ...validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`),
    ...namespaces.flatMap((name) => checkFormat(name, `${path}.namespace`, checkDNS1123Label)),
    ...validateMatchLabelKeys(term, labelSelector, path),
    ...(topologyKey === "" ? [required(`${path}.topologyKey`, "can not be empty")] : []),
    ...validateLabelName(topologyKey, `${path}.topologyKey`),
  ];
}

function validateWeight(weight: number, path: string): readonly FieldError[] {
  return weight > 0 && weight <= 100 ? [] : [invalid(path, weight, "must be in the range 1-100")];
}

function validateLabelKeys(
  keys: readonly string[],
  selector: LabelSelector | undefined,
  path: string,
): readonly FieldError[] {
  if (keys.length === 0) return [];
  return selector === undefined
    ? [forbidden(path, "must not be specified when labelSelector is not set")]
    : validateEach(keys, path, validateLabelName);
}

/** The server has added one requirement for each key already, so a second one came from the user. */
function validateKeysOnce(
  keys: readonly string[],
  selector: LabelSelector | undefined,
  path: string,
): readonly FieldError[] {
  const seen = new Set(Object.keys(selector?.matchLabels ?? {}));
  return (selector?.matchExpressions ?? []).flatMap(({ key }) => {
    const index = keys.lastIndexOf(key);
    const isRepeated = index >= 0 && seen.has(key);
    seen.add(key);
    return isRepeated
      ? [invalid(indexPath(path, index), key, "exists in both matchLabelKeys and labelSelector")]
      : [];
  });
}
