import type { KubeObject } from "#apimachinery/meta.ts";
import { qualifiedName, type ServedResource } from "../registry/served-resource.ts";
import { type UpdateStrategy, withStatusOf } from "../verbs/update-strategy.ts";
import { partOfObject } from "./subresource.ts";

/** Kinds whose status updates leave the metadata alone (`GetResetFields` of their status strategies). */
const KEEP_METADATA: ReadonlySet<string> = new Set([
  "flowschemas.flowcontrol.apiserver.k8s.io",
  "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io",
  "resourceclaims.resource.k8s.io",
  "servicecidrs.networking.k8s.io",
  "validatingadmissionpolicies.admissionregistration.k8s.io",
  "volumeattachments.storage.k8s.io",
]);

/** Updates of what is observed of an object. Labels and annotations of most built-in kinds can change with it. */
export const statusStrategy: UpdateStrategy = {
  prepare: (next, previous, served, context) => {
    const { managedFields } = next.metadata;
    const metadata = keepsMetadata(served)
      ? { ...previous.metadata, ...(managedFields !== undefined && { managedFields }) }
      : next.metadata;
    const updated: KubeObject = withStatusOf(next, { ...previous, metadata });
    return served.kind.prepareForStatusUpdate?.(updated, previous, context) ?? updated;
  },
  validate: (next, previous, { kind }) => kind.validateStatusUpdate?.(next, previous) ?? [],
  mayCreate: false,
};

export const statusSubresource = partOfObject(statusStrategy);

function keepsMetadata({ builtIn, qualified }: ServedResource): boolean {
  return !builtIn || KEEP_METADATA.has(qualifiedName(qualified));
}
