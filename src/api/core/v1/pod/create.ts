/** What the server makes of a Pod before it is stored for the first time (`pkg/registry/core/pod/strategy.go`). */

import type { LabelSelector } from "#apimachinery/generated/meta-v1.ts";
import { ownValue } from "#base/own-value.ts";
import { fillAbsent, mapField, mapList } from "../../../defaulting.ts";
import type {
  Affinity,
  Pod,
  PodAffinity,
  PodAffinityTerm,
  PodSpec,
  PodStatus,
} from "../../../generated/core-v1.ts";
import type { WriteContext } from "../../../kind.ts";
import { semanticallyEqual } from "../../../validation/equality.ts";
import { podQosClass } from "../pod-resources.ts";
import { APP_ARMOR_PREFIX, validAppArmorProfileOf } from "../pod-spec/annotations.ts";
import type { AnyContainer } from "../pod-spec/context.ts";
import { dropDisabledPodFields } from "../pod-spec/disabled-fields.ts";
import { mapAllContainers } from "../pod-spec/map-containers.ts";

type Labels = Readonly<Record<string, string>>;

export function preparePodForCreate(pod: Pod, context: WriteContext): Pod {
  const { labels = {}, annotations = {} } = pod.metadata;
  let spec = dropDisabledPodFields(pod.spec, undefined, context);
  spec = mapField(spec, "affinity", (affinity) => mergeAffinityKeys(affinity, labels));
  spec = mergeSpreadKeys(spec, labels);
  spec = setAppArmorProfiles(spec, annotations);
  return { ...pod, spec, status: initialStatus(spec, context.now) };
}

function initialStatus(spec: PodSpec, now: string): PodStatus {
  const isGated = (spec.schedulingGates ?? []).length > 0;
  return {
    phase: "Pending",
    qosClass: podQosClass(spec),
    ...(isGated && {
      conditions: [
        {
          type: "PodScheduled",
          status: "False",
          lastProbeTime: null,
          lastTransitionTime: now,
          reason: "SchedulingGated",
          message: "Scheduling is blocked due to non-empty scheduling gates",
        },
      ],
    }),
  };
}

function mergeAffinityKeys(affinity: Affinity, labels: Labels): Affinity {
  const merge = (terms: PodAffinity) => mergeTermKeys(terms, labels);
  return mapField(mapField(affinity, "podAffinity", merge), "podAntiAffinity", merge);
}

function mergeTermKeys(affinity: PodAffinity, labels: Labels): PodAffinity {
  const merge = (term: PodAffinityTerm): PodAffinityTerm =>
    mapField(term, "labelSelector", (selector) => {
      const matching = withKeys(selector, term.matchLabelKeys, "In", labels);
      return withKeys(matching, term.mismatchLabelKeys, "NotIn", labels);
    });
  const next = mapField(affinity, "preferredDuringSchedulingIgnoredDuringExecution", (terms) =>
    mapList(terms, (weighted) => mapField(weighted, "podAffinityTerm", merge)),
  );
  return mapField(next, "requiredDuringSchedulingIgnoredDuringExecution", (terms) => mapList(terms, merge));
}

function mergeSpreadKeys(spec: PodSpec, labels: Labels): PodSpec {
  return mapField(spec, "topologySpreadConstraints", (constraints) =>
    mapList(constraints, (constraint) =>
      mapField(constraint, "labelSelector", (selector) =>
        withKeys(selector, constraint.matchLabelKeys, "In", labels),
      ),
    ),
  );
}

/** The selector that also asks for, or rules out, the pod's own values of the keys that the pod has. */
function withKeys(
  selector: LabelSelector,
  keys: readonly string[] | undefined,
  operator: "In" | "NotIn",
  labels: Labels,
): LabelSelector {
  const requirements = (keys ?? []).flatMap((key) => {
    const value = ownValue(labels, key);
    return value === undefined ? [] : [{ key, operator, values: [value] }];
  });
  if (requirements.length === 0) return selector;
  return { ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...requirements] };
}

/** Fills the field from the annotation that it has replaced (KEP-24). */
function setAppArmorProfiles(spec: PodSpec, annotations: Labels): PodSpec {
  if (spec.os?.name === "windows") return spec;
  const podProfile = spec.securityContext?.appArmorProfile;
  return mapAllContainers(spec, <C extends AnyContainer>(container: C): C => {
    const annotation = annotations[APP_ARMOR_PREFIX + container.name];
    const profile = annotation === undefined ? undefined : validAppArmorProfileOf(annotation);
    if (profile === undefined || semanticallyEqual(profile, podProfile)) return container;
    const { securityContext = {} } = container;
    const filled = fillAbsent(securityContext, { appArmorProfile: profile });
    return filled === securityContext ? container : { ...container, securityContext: filled };
  });
}
