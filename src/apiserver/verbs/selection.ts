/** Label and field selectors of list, watch and deletecollection. */
import { quote } from "#apimachinery/go-text.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import {
  compileFieldSelector,
  type FieldGetter,
  type FieldRequirement,
  parseFieldSelector,
  requiredFieldValue,
} from "#apimachinery/selectors/field-selector.ts";
import { type LabelMatcher, parseLabelSelector } from "#apimachinery/selectors/label-selector.ts";
import { SelectorError } from "#apimachinery/selectors/selector-error.ts";
import { badRequest } from "#apimachinery/status-error.ts";
import type { ServedResource } from "../registry/served-resource.ts";

export interface SelectorOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** Which objects of a collection a request is about. */
export interface Selection {
  /** Whether fields are selected by, not only labels. */
  readonly hasFields: boolean;
  /** Absent when every object is selected. */
  readonly matches?: (object: KubeObject) => boolean;
  /** The only name and namespace that can match, where the field selector fixes them. */
  readonly name?: string;
  readonly namespace?: string;
}

/** Compiles the selectors of a request. Throws BadRequest for what the kind cannot select by. */
export function compileSelection(served: ServedResource, options: SelectorOptions): Selection {
  const { labelSelector = "", fieldSelector = "" } = options;
  if (labelSelector === "" && fieldSelector === "") return { hasFields: false };
  try {
    const labels = parseLabelSelector(labelSelector);
    const fields = parseFieldSelector(fieldSelector);
    const name = requiredFieldValue(fields, "metadata.name");
    const namespace = requiredFieldValue(fields, "metadata.namespace");
    return {
      hasFields: fields.length > 0,
      ...matcher(labels, fields, served),
      ...(name !== undefined && { name }),
      ...(namespace !== undefined && { namespace }),
    };
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
}

function matcher(
  labels: LabelMatcher,
  fields: readonly FieldRequirement[],
  served: ServedResource,
): Pick<Selection, "matches"> {
  const fieldsMatch = compileFieldSelector(fields, (field) => fieldGetter(served, field));
  const hasLabels = labels.requirements.length > 0;
  if (!hasLabels && fields.length === 0) return {};
  if (!hasLabels) return { matches: fieldsMatch };
  const labelsMatch = ({ metadata }: KubeObject): boolean => labels.matches(metadata.labels ?? {});
  if (fields.length === 0) return { matches: labelsMatch };
  return { matches: (object) => labelsMatch(object) && fieldsMatch(object) };
}

function fieldGetter({ kind, resource }: ServedResource, field: string): FieldGetter<KubeObject> {
  const { selectableFields, describeUnselectable } = kind;
  if (field === "metadata.name") return ({ metadata }) => metadata.name;
  // Kinds with fields of their own know whether they are in namespaces.
  if (field === "metadata.namespace" && (resource.namespaced || selectableFields === undefined)) {
    return ({ metadata }) => (resource.namespaced ? (metadata.namespace ?? "") : "");
  }
  const getter = selectableFields?.[field];
  if (getter !== undefined) return getter;
  // They word it differently, too, from the others (`runtime.DefaultMetaV1FieldSelectorConversion`).
  throw new SelectorError(
    selectableFields === undefined
      ? `${quote(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`
      : (describeUnselectable?.(field) ?? `field label not supported: ${field}`),
  );
}
