import { type FieldError, indexPath, invalid, required } from "#apimachinery/field-error.ts";
import { recordOf, typeErrors, unknownFields } from "../admission/parse-document.ts";
import type { LimitedResource } from "./limited-resources.ts";

const API_VERSION = "apiserver.config.k8s.io/v1";

/** Those from before it was part of the API server's own configuration. */
const FORMER_VERSIONS: readonly unknown[] = [
  "resourcequota.admission.k8s.io/v1beta1",
  "resourcequota.admission.k8s.io/v1alpha1",
];

/** The configuration in a document, or what is wrong with it (apiserver `resourcequota/validation`). */
export function parseLimitedResources(
  document: unknown,
): readonly LimitedResource[] | { readonly errors: readonly FieldError[] } {
  const root = recordOf(document);
  const list = root["limitedResources"] ?? [];
  const isFormer = FORMER_VERSIONS.includes(root["apiVersion"]);
  const errors = [
    ...(isFormer
      ? typeErrors(root, String(root["apiVersion"]), "Configuration")
      : typeErrors(root, API_VERSION, "ResourceQuotaConfiguration")),
    ...unknownFields(root, ["limitedResources"], ""),
    ...(Array.isArray(list)
      ? list.flatMap((each, index) => resourceErrors(recordOf(each), indexPath("limitedResources", index)))
      : [invalid("limitedResources", list, "must be a list")]),
  ];
  // Their fields have been checked.
  return errors.length > 0 ? { errors } : (list as readonly LimitedResource[]);
}

function resourceErrors(each: Readonly<Record<string, unknown>>, path: string): readonly FieldError[] {
  const { resource = "", matchContains = [], matchScopes = [] } = each;
  return [
    ...unknownFields(each, ["apiGroup", "resource", "matchContains", "matchScopes"], path),
    ...(resource === "" ? [required(`${path}.resource`)] : []),
    ...(isTexts(matchContains)
      ? []
      : [invalid(`${path}.matchContains`, matchContains, "must be a list of strings")]),
    ...(Array.isArray(matchScopes) ? [] : [invalid(`${path}.matchScopes`, matchScopes, "must be a list")]),
  ];
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
