import type { JSONSchemaProps } from "../../generated/apiextensions-v1.ts";
import { allSchemas } from "./schema-tree.ts";

/** Formats of texts, with their hyphens taken out (apiextensions-apiserver pkg/apiserver/validation/formats.go). */
const TEXT_FORMATS: ReadonlySet<string> = new Set(
  [
    "bsonobjectid uri email hostname ipv4 ipv6 cidr mac uuid uuid3 uuid4 uuid5 isbn isbn10 isbn13 creditcard ssn",
    "hexcolor rgbcolor byte password date duration datetime k8sshortname k8slongname",
  ].flatMap((line) => line.split(" ")),
);

/** Formats in a schema that have no effect, because nobody knows them for values of that type. */
export function unknownFormats(schema: JSONSchemaProps): readonly string[] {
  return allSchemas(schema)
    .filter(({ type = "", format = "" }) => format !== "" && !isKnownFormat(type, format))
    .map(({ format = "" }) => format);
}

/** Whether validation knows a format for values of a type. */
export function isKnownFormat(type: string, format: string): boolean {
  switch (type) {
    case "":
    case "string":
      return TEXT_FORMATS.has(format.replaceAll("-", ""));
    case "integer":
      return format === "int32" || format === "int64";
    case "number":
      return format === "float" || format === "double";
    default:
      return false;
  }
}
