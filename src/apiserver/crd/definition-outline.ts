import type {
  CustomResourceDefinition,
  CustomResourceDefinitionSpec,
} from "#api/generated/apiextensions-v1.ts";
import { omit } from "#base/omit.ts";

/** What has to be known of every definition all the time: all but its versions, which are most of it. */
export interface DefinitionOutline extends Pick<CustomResourceDefinition, "metadata" | "status"> {
  readonly spec: Pick<CustomResourceDefinitionSpec, "group" | "names">;
}

export function outlineOf({ metadata, spec, status }: CustomResourceDefinition): DefinitionOutline {
  const { group, names } = spec;
  return {
    metadata: omit(metadata, "managedFields", "annotations"),
    spec: { group, names },
    ...(status !== undefined && { status }),
  };
}
