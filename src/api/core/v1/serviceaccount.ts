import { ageColumn, nameColumn } from "../../columns.ts";
import { mapField, mapList } from "../../defaulting.ts";
import type { ObjectReference, ServiceAccount } from "../../generated/core-v1.ts";
import { defineKind } from "../../kind.ts";

const ENFORCE_MOUNTABLE_SECRETS = "kubernetes.io/enforce-mountable-secrets";

export const serviceAccount = defineKind<ServiceAccount>(
  { apiVersion: "v1", kind: "ServiceAccount" },
  {
    columns: [nameColumn, ageColumn],
    prepareForCreate: keepSecretNames,
    prepareForUpdate: keepSecretNames,
    warnings: (next, previous) =>
      hasEnforcement(next) && !(previous !== undefined && hasEnforcement(previous))
        ? [
            `metadata.annotations[${ENFORCE_MOUNTABLE_SECRETS}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`,
          ]
        : [],
    hasGeneration: false,
  },
);

/** Of a reference to a secret only the name counts; the secret is in the namespace of the account. */
function keepSecretNames(account: ServiceAccount): ServiceAccount {
  return mapField(account, "secrets", (secrets) => mapList(secrets, keepName));
}

function keepName(reference: ObjectReference): ObjectReference {
  const { name } = reference;
  const others = Object.keys(reference).some((field) => field !== "name");
  if (!others) return reference;
  return name === undefined ? {} : { name };
}

function hasEnforcement({ metadata }: ServiceAccount): boolean {
  return metadata.annotations?.[ENFORCE_MOUNTABLE_SECRETS] !== undefined;
}
