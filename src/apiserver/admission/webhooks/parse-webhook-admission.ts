import { isAbsolute } from "node:path";
import { type FieldError, invalid } from "#apimachinery/field-error.ts";
import { recordOf, typeErrors, unknownFields } from "../parse-document.ts";

/** As whom the webhooks of one plugin are called (`WebhookAdmissionConfiguration`). */
export interface WebhookAdmission {
  /** Empty for nobody. */
  readonly kubeConfigFile: string;
}

/** The configuration in a document, or what is wrong with it (apiserver `pkg/admission/plugin/webhook/config`). */
export function parseWebhookAdmission(
  document: unknown,
): WebhookAdmission | { readonly errors: readonly FieldError[] } {
  const root = recordOf(document);
  const { kubeConfigFile = "" } = root;
  const isFile = typeof kubeConfigFile === "string" && (kubeConfigFile === "" || isAbsolute(kubeConfigFile));
  const errors = [
    ...typeErrors(root, "apiserver.config.k8s.io/v1", "WebhookAdmissionConfiguration"),
    ...unknownFields(root, ["kubeConfigFile"], ""),
    ...(isFile ? [] : [invalid("kubeConfigFile", kubeConfigFile, "must be an absolute file path")]),
  ];
  return errors.length > 0 ? { errors } : { kubeConfigFile: String(kubeConfigFile) };
}
