/** Trust bundles in projected volumes (upstream `validateProjectionSources`). */

import { type FieldError, invalid, required } from "#apimachinery/field-error.ts";
import { validateLabelSelector } from "#apimachinery/selectors/label-validation.ts";
import { validateSignerName } from "../../../certificates/v1/signer-name.ts";
import { checkAnyTrustBundleName } from "../../../certificates/v1beta1/trust-bundle-name.ts";
import type { ClusterTrustBundleProjection } from "../../../generated/core-v1.ts";
import { requireText, type Validator } from "../../../validation/checks.ts";
import { internalForm } from "../../../validation/internal-form.ts";
import { validateLocalNonReservedPath } from "../../../validation/paths.ts";

const FORM = { Name: null, SignerName: null, LabelSelector: null, Optional: null, Path: "" } as const;

export const validateBundle: Validator<ClusterTrustBundleProjection> = (bundle, path) => [
  ...validateSelection(bundle, path),
  ...requireText(bundle.path, `${path}.path`),
  ...validateLocalNonReservedPath(bundle.path, `${path}.path`),
];

function validateSelection(bundle: ClusterTrustBundleProjection, path: string): readonly FieldError[] {
  const { name, signerName, labelSelector } = bundle;
  if (name !== undefined && signerName !== undefined) {
    return [invalid(path, internalForm(bundle, FORM), "only one of name and signerName may be used")];
  }
  if (name !== undefined) {
    return [
      ...(name === "" ? [required(`${path}.name`, "must be a valid object name")] : []),
      ...checkAnyTrustBundleName(name).map((message) =>
        invalid(`${path}.name`, name, `not a valid clustertrustbundlename: ${message}`),
      ),
      ...(labelSelector === undefined
        ? []
        : [
            invalid(
              `${path}.labelSelector`,
              labelSelector,
              "labelSelector must be unset if name is specified",
            ),
          ]),
    ];
  }
  if (signerName === undefined) return [required(path, "either name or signerName must be specified")];
  return [
    ...(signerName === "" ? [required(`${path}.signerName`, "must be a valid signer name")] : []),
    ...validateSignerName(signerName, `${path}.signerName`),
    ...validateLabelSelector(labelSelector, `${path}.labelSelector`),
  ];
}
