import { forbidden, required, tooLong } from "#apimachinery/field-error.ts";
import { checkDNS1123Label } from "#apimachinery/formats.ts";
import { ageColumn, textColumn } from "../../columns.ts";
import { fillAbsent, mapField } from "../../defaulting.ts";
import type { IngressClass, IngressClassParametersReference } from "../../generated/networking-v1.ts";
import { defineKind } from "../../kind.ts";
import { checkFormat, checkSupported, validateImmutable, validateOptional } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { validateDomainPrefixedPath } from "../../validation/domain-paths.ts";
import { validateTypedReference } from "./object-reference.ts";

export const DEFAULT_CLASS_ANNOTATION = "ingressclass.kubernetes.io/is-default-class";
const MAX_CONTROLLER_BYTES = 250;

export const ingressClass = defineKind<IngressClass>(
  { apiVersion: "networking.k8s.io/v1", kind: "IngressClass" },
  {
    columns: [
      { name: "Name", type: "string", format: "name", value: nameCell },
      textColumn("Controller", ({ spec }) => spec.controller ?? ""),
      textColumn("Parameters", ({ spec }) => describeParameters(spec.parameters)),
      ageColumn,
    ],
    setDefaults: (object) =>
      mapField(object, "spec", (spec) =>
        mapField(spec, "parameters", (parameters) => fillAbsent(parameters, { scope: "Cluster" })),
      ),
    validate: validateIngressClass,
    validateUpdate: (next, previous) =>
      collectErrors(
        validateImmutable(next.spec.controller, previous.spec.controller, "spec.controller"),
        validateIngressClass(next),
      ),
  },
);

function nameCell({ metadata: { name, annotations } }: IngressClass): string {
  return annotations?.[DEFAULT_CLASS_ANNOTATION] === "true" ? `${name} (default)` : name;
}

function describeParameters(parameters: IngressClassParametersReference | undefined): string {
  if (parameters === undefined) return "<none>";
  const { apiGroup, kind, name } = parameters;
  return `${apiGroup === undefined ? kind : `${kind}.${apiGroup}`}/${name}`;
}

function validateIngressClass({ spec: { controller = "", parameters } }: IngressClass): FieldErrors {
  return collectErrors(
    Buffer.byteLength(controller) > MAX_CONTROLLER_BYTES && tooLong("spec.controller", MAX_CONTROLLER_BYTES),
    validateDomainPrefixedPath(controller, "spec.controller"),
    validateOptional(parameters, "spec.parameters", validateParameters),
  );
}

function validateParameters(parameters: IngressClassParametersReference, path: string): FieldErrors {
  const { scope } = parameters;
  return collectErrors(
    validateTypedReference(parameters, path),
    scope === undefined && required(`${path}.scope`),
    checkSupported(scope, `${path}.scope`, ["Cluster", "Namespace"]),
    validateScopeNamespace(parameters, `${path}.namespace`),
  );
}

function validateScopeNamespace(
  { scope, namespace }: IngressClassParametersReference,
  path: string,
): FieldErrors {
  if (scope === "Cluster" && namespace !== undefined) {
    return [forbidden(path, "`parameters.scope` is set to 'Cluster'")];
  }
  if (scope !== "Namespace") return [];
  return namespace === undefined
    ? [required(path, "`parameters.scope` is set to 'Namespace'")]
    : checkFormat(namespace, path, checkDNS1123Label);
}
