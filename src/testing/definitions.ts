/** Definitions of widgets, and what is wrong with them. */
import { customResourceDefinition } from "#api/apiextensions/v1/customresourcedefinition.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionStatus,
  CustomResourceDefinitionVersion,
  JSONSchemaProps,
} from "#api/generated/apiextensions-v1.ts";
import { errorTexts } from "./kinds.ts";
import { clusterMetadataOf } from "./metadata.ts";

export const OBJECT: JSONSchemaProps = { type: "object" };
export const names: CustomResourceDefinitionNames = { plural: "widgets", kind: "Widget" };

export function aVersion(
  name: string,
  fields: Partial<CustomResourceDefinitionVersion> = {},
): CustomResourceDefinitionVersion {
  return { name, served: true, storage: true, schema: { openAPIV3Schema: OBJECT }, ...fields };
}

export function aDefinition(
  spec: Partial<CustomResourceDefinitionSpec> = {},
  status?: CustomResourceDefinitionStatus,
): CustomResourceDefinition {
  const object: CustomResourceDefinition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: clusterMetadataOf("widgets.example.com"),
    spec: { group: "example.com", scope: "Namespaced", names, versions: [aVersion("v1")], ...spec },
    ...(status && { status }),
  };
  return customResourceDefinition.setDefaults?.(object) ?? object;
}

export const withVersion = (fields: Partial<CustomResourceDefinitionVersion>) =>
  aDefinition({ versions: [aVersion("v1", fields)] });
export const errorsOf = (definition: CustomResourceDefinition) =>
  errorTexts(customResourceDefinition.validate?.(definition));
export const under = (path: string, texts: readonly string[]) => texts.map((text) => `${path}${text}`);
