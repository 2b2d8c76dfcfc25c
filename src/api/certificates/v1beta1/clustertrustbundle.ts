import { nameColumn, textColumn } from "../../columns.ts";
import type { ClusterTrustBundle } from "../../generated/certificates-v1beta1.ts";
import { defineKind } from "../../kind.ts";
import { validateTrustBundle, validateTrustBundleUpdate } from "./clustertrustbundle.validation.ts";

export const clusterTrustBundle = defineKind<ClusterTrustBundle>(
  { apiVersion: "certificates.k8s.io/v1beta1", kind: "ClusterTrustBundle" },
  {
    columns: [nameColumn, textColumn("SignerName", ({ spec }) => spec.signerName || "<none>")],
    validate: validateTrustBundle,
    validateUpdate: validateTrustBundleUpdate,
    // What a name may be depends on the signer.
    validateName: () => [],
    selectableFields: { "spec.signerName": ({ spec }) => spec.signerName ?? "" },
    hasGeneration: false,
    allowUnconditionalUpdate: false,
  },
);
