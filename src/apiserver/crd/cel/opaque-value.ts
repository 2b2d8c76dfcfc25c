/** Values of types that only Kubernetes' libraries know, as maps: the evaluator lets nobody add types of his own. */
import { type CelInput, type CelMap, CelScalar, type CelValue, isCelMap, mapType } from "@bufbuild/cel";

export type OpaqueType = "optional" | "quantity" | "url" | "ip" | "cidr" | "semver" | "format";

/** No field of an object can be called so. */
const TYPE = "@type";

export const OPAQUE = mapType(CelScalar.STRING, CelScalar.DYN);

export function opaque(
  type: OpaqueType,
  fields: Readonly<Record<string, CelInput>>,
): CelInput<typeof OPAQUE> {
  return new Map<string, CelInput>([[TYPE, type], ...Object.entries(fields)]);
}

export function isOpaque(value: CelValue, type: OpaqueType): value is CelMap {
  return isCelMap(value) && value.get(TYPE) === type;
}

/** A field of a value that must be of the type. Throws as the evaluator does for arguments that do not fit. */
export function opaqueField(value: CelValue, type: OpaqueType, name: string): CelValue {
  const field = isOpaque(value, type) ? value.get(name) : undefined;
  if (field === undefined) throw new Error("no such overload");
  return field;
}

export function opaqueText(value: CelValue, type: OpaqueType, name: string): string {
  return String(opaqueField(value, type, name) as string | number | bigint);
}
