import type { KubeObject } from "#apimachinery/meta.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { resetFieldsOf } from "../verbs/reset-fields.ts";
import { type UpdateStrategy, withStatusOf } from "../verbs/update-strategy.ts";
import { partOfObject } from "./subresource.ts";

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
  warnings: (next, _, { kind }) => kind.statusWarnings?.(next) ?? [],
  mayCreate: false,
  isReport: true,
};

export const statusSubresource = partOfObject(statusStrategy);

/** Status updates of some kinds leave the metadata alone. */
function keepsMetadata(served: ServedResource): boolean {
  return resetFieldsOf(served, "status").some((path) => path.length === 1 && path[0] === "metadata");
}
