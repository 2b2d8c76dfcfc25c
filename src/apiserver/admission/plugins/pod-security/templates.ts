import type { CronJob } from "#api/generated/batch-v1.ts";
import type { PodTemplate, PodTemplateSpec, ReplicationController } from "#api/generated/core-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { PodLike } from "./check.ts";

/** Resources of which pods are made. */
export const TEMPLATES: readonly string[] = [
  "replicationcontrollers",
  "podtemplates",
  "replicasets.apps",
  "deployments.apps",
  "statefulsets.apps",
  "daemonsets.apps",
  "jobs.batch",
  "cronjobs.batch",
];

/** The template in an object of these resources; a ReplicationController may be without. */
export function templateOf(object: KubeObject): PodLike | undefined {
  const template = findTemplate(object);
  if (template?.spec === undefined) return undefined;
  return { ...(template.metadata && { metadata: template.metadata }), spec: template.spec };
}

function findTemplate(object: KubeObject): PodTemplateSpec | undefined {
  switch (object.kind) {
    case "PodTemplate":
      return (object as PodTemplate).template;
    case "CronJob":
      return (object as CronJob).spec.jobTemplate.spec?.template;
    default:
      return (object as ReplicationController).spec.template;
  }
}
