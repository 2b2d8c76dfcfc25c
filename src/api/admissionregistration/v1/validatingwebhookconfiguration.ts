import { ageColumn, nameColumn } from "../../columns.ts";
import { mapField, mapList } from "../../defaulting.ts";
import type { ValidatingWebhookConfiguration } from "../../generated/admissionregistration-v1.ts";
import { defineKind } from "../../kind.ts";
import { setWebhookDefaults } from "./defaults.ts";
import { staticNameWarnings } from "./static-names.ts";
import { validateWebhooks } from "./webhooks.validation.ts";

export const validatingWebhookConfiguration = defineKind<ValidatingWebhookConfiguration>(
  { apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingWebhookConfiguration" },
  {
    columns: [
      nameColumn,
      { name: "Webhooks", type: "integer", value: ({ webhooks }) => webhooks?.length ?? 0 },
      ageColumn,
    ],
    setDefaults: (object) => mapField(object, "webhooks", (list) => mapList(list, setWebhookDefaults)),
    validate: ({ webhooks }) => validateWebhooks(webhooks),
    validateUpdate: ({ webhooks }, previous) => validateWebhooks(webhooks, previous.webhooks ?? []),
    warnings: staticNameWarnings,
    allowUnconditionalUpdate: false,
  },
);
