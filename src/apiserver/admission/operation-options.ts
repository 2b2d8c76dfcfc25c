import type { DeleteOptions, PatchOptions, WriteOptions } from "#apimachinery/request.ts";

/** The options of a request, called after the type in which Kubernetes has them. */
export type OperationOptions =
  | { readonly kind: "CreateOptions"; readonly options: WriteOptions }
  | { readonly kind: "UpdateOptions"; readonly options: WriteOptions }
  | { readonly kind: "PatchOptions"; readonly options: PatchOptions }
  | { readonly kind: "DeleteOptions"; readonly options: DeleteOptions };

/** The options as an object, which is how webhooks and policies see them. */
export function formatOptions(
  operation: OperationOptions | undefined,
): Readonly<Record<string, unknown>> | null {
  if (operation === undefined) return null;
  const { kind, options } = operation;
  const { dryRun = false, ...others } = options;
  return { kind, apiVersion: "meta.k8s.io/v1", ...others, ...(dryRun && { dryRun: ["All"] }) };
}
