import { checkQualifiedName } from "#apimachinery/formats.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { WriteOptions } from "#apimachinery/request.ts";
import type { AdmissionRequest } from "../admission/admission-plugin.ts";
import type { RequestScope } from "./request-scope.ts";

type Admitted = Pick<AdmissionRequest, "operation" | "options" | "dryRun"> & {
  readonly object?: KubeObject;
  readonly oldObject?: KubeObject;
};

/** What admission plugins are asked about. Objects are in the version of the hub. */
export function admissionRequest<T extends Admitted>(
  { context, target, served, warnings, annotations, undo }: RequestScope,
  admitted: T,
): AdmissionRequest & T {
  const object = admitted.object ?? admitted.oldObject;
  const name = target.name ?? object?.metadata.name ?? "";
  const isNamespace = served.qualified.group === "" && served.qualified.resource === "namespaces";
  return {
    resource: served.qualified,
    served,
    subresource: target.subresource ?? "",
    namespace: isNamespace ? name : (target.namespace ?? ""),
    name,
    user: context.user,
    warn: (text) => warnings.add(text),
    annotate: (key, value, level) => {
      if (isAnnotationKey(key)) annotations.add(key, value, level);
    },
    took: (layer, ms) => annotations.took(layer, ms),
    onFailure: (step) => undo.push(step),
    signal: context.signal,
    ...admitted,
  };
}

/** Plugins say whose annotations they are (apiserver `pkg/admission/attributes.go`). */
function isAnnotationKey(key: string): boolean {
  return key.includes("/") && checkQualifiedName(key).length === 0;
}

/** A creation, as far as its options tell of it. */
export function creation(options: WriteOptions): Pick<Admitted, "operation" | "options" | "dryRun"> {
  return {
    operation: "CREATE",
    options: { kind: "CreateOptions", options },
    dryRun: options.dryRun ?? false,
  };
}
