import { checkDNS1123Label } from "#apimachinery/formats.ts";
import type { ObjectMeta } from "#apimachinery/generated/meta-v1.ts";
import { KnownTemplates } from "../../core/v1/known-templates.ts";
import { podTemplateWarnings } from "../../core/v1/pod-spec/warnings.ts";
import type { PodTemplateSpec } from "../../generated/core-v1.ts";

interface Workload {
  readonly metadata: ObjectMeta;
  readonly spec: { readonly template?: PodTemplateSpec };
}

/** Warns of a name that is fit for the object, but not for the pods that are named after it. */
export function podNameWarnings(name: string): readonly string[] {
  const messages = checkDNS1123Label(name);
  return messages.length === 0
    ? []
    : [
        `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${messages.join(" ")}]`,
      ];
}

/** Whether what is wanted of an object is new: updates that do not touch it bring no warnings. */
export function isNewlyWanted(
  next: Pick<Workload, "metadata">,
  previous?: Pick<Workload, "metadata">,
): boolean {
  return previous === undefined || next.metadata.generation !== previous.metadata.generation;
}

/** Warnings of a new name and of a template. */
export function workloadWarnings(next: Workload, previous: Workload | undefined): readonly string[] {
  return [
    ...(previous === undefined ? podNameWarnings(next.metadata.name) : []),
    ...templateWarnings(next, previous),
  ];
}

/** Those of which there is nothing to warn. No warning is about an image. */
const unremarkable = new KnownTemplates();

/** Warnings of a template where it may be new. */
export function templateWarnings(next: Workload, previous: Workload | undefined): readonly string[] {
  const { template } = next.spec;
  if (template === undefined || !isNewlyWanted(next, previous)) return [];
  const isKnown = unremarkable.has(template, previous?.spec.template);
  const warnings = isKnown ? [] : podTemplateWarnings(template, "spec.template");
  if (warnings.length === 0) unremarkable.note(template);
  return warnings;
}
