import { ageColumn, nameColumn } from "../../columns.ts";
import { fillAbsent, mapField, mapList } from "../../defaulting.ts";
import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
} from "../../generated/admissionregistration-v1.ts";
import { defineKind } from "../../kind.ts";
import { setWebhookDefaults } from "./defaults.ts";
import { staticNameWarnings } from "./static-names.ts";
import { validateWebhooks } from "./webhooks.validation.ts";

export const mutatingWebhookConfiguration = defineKind<MutatingWebhookConfiguration>(
  { apiVersion: "admissionregistration.k8s.io/v1", kind: "MutatingWebhookConfiguration" },
  {
    columns: [
      nameColumn,
      { name: "Webhooks", type: "integer", value: ({ webhooks }) => webhooks?.length ?? 0 },
      ageColumn,
    ],
    setDefaults: (object) =>
      mapField(object, "webhooks", (list) => mapList(list, setMutatingWebhookDefaults)),
    validate: ({ webhooks }) => validateWebhooks(webhooks),
    validateUpdate: ({ webhooks }, previous) => validateWebhooks(webhooks, previous.webhooks ?? []),
    warnings: staticNameWarnings,
    allowUnconditionalUpdate: false,
  },
);

function setMutatingWebhookDefaults(webhook: MutatingWebhook): MutatingWebhook {
  return fillAbsent(setWebhookDefaults(webhook), { reinvocationPolicy: "Never" });
}
