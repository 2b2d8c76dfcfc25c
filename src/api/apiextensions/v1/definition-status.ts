import type {
  CustomResourceDefinition,
  CustomResourceDefinitionStatus,
} from "../../generated/apiextensions-v1.ts";

export const EMPTY_STATUS: CustomResourceDefinitionStatus = {
  conditions: [],
  acceptedNames: { plural: "", kind: "" },
  storedVersions: [],
};

/** The status with all its fields; that of a new object is empty, whatever its type says. */
export function statusOf({
  status,
}: Pick<CustomResourceDefinition, "status">): CustomResourceDefinitionStatus {
  return { ...EMPTY_STATUS, ...status };
}

export function isEstablished(definition: Pick<CustomResourceDefinition, "status">): boolean {
  return statusOf(definition).conditions.some(
    ({ type, status }) => type === "Established" && status === "True",
  );
}
