import { invalid } from "#apimachinery/field-error.ts";
import { checkDNS1123Label, checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import type {
  PersistentVolumeClaimSpec,
  TypedLocalObjectReference,
  TypedObjectReference,
} from "../../generated/core-v1.ts";
import { optionalFormat, requireText } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../validation/equality.ts";

/** `previous` is the old spec in an update: where that named a group, groups are not looked at again. */
export function validateDataSources(
  { dataSource, dataSourceRef }: PersistentVolumeClaimSpec,
  path: string,
  previous?: PersistentVolumeClaimSpec,
): FieldErrors {
  const checksGroup =
    previous?.dataSource?.apiGroup === undefined && previous?.dataSourceRef?.apiGroup === undefined;
  return collectErrors(
    dataSource !== undefined && validateDataSource(dataSource, `${path}.dataSource`, checksGroup),
    dataSourceRef !== undefined &&
      collectErrors(
        validateDataSource(dataSourceRef, `${path}.dataSourceRef`, checksGroup),
        optionalFormat(dataSourceRef.namespace, `${path}.dataSourceRef.namespace`, checkDNS1123Label),
      ),
    dataSource !== undefined &&
      dataSourceRef !== undefined &&
      validateDataSourcePair(dataSource, dataSourceRef, path),
  );
}

/** Upstream gives the path itself as the bad value, which prints as an empty object. */
function validateDataSourcePair(
  dataSource: TypedLocalObjectReference,
  { namespace = "", ...reference }: TypedObjectReference,
  path: string,
): FieldErrors {
  if (namespace !== "") {
    return [invalid(path, {}, "may not be specified when dataSourceRef.namespace is specified")];
  }
  return semanticallyEqual(dataSource, reference) ? [] : [invalid(path, {}, "must match dataSourceRef")];
}

function validateDataSource(
  { name, kind, apiGroup = "" }: TypedLocalObjectReference,
  path: string,
  checksGroup: boolean,
): FieldErrors {
  return collectErrors(
    requireText(name, `${path}.name`),
    requireText(kind, `${path}.kind`),
    apiGroup === "" &&
      kind !== "PersistentVolumeClaim" &&
      invalid(path, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"),
    checksGroup && optionalFormat(apiGroup, `${path}.apiGroup`, checkDNS1123Subdomain),
  );
}
