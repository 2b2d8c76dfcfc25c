import { isScalarSchema, type ScalarType, type Schema } from "../schema.ts";

const SCALAR_TYPES: Readonly<Record<ScalarType, string>> = {
  string: "string",
  boolean: "bool",
  int32: "int32",
  int64: "int64",
  number: "float64",
  bytes: "[]uint8",
  time: "string",
  microTime: "string",
  duration: "string",
  quantity: "resource.Quantity",
  intOrString: "int32",
};

/** The Go type that upstream's decoder names when a value does not fit. */
export function goType(schema: Schema): string {
  if (isScalarSchema(schema)) return schema.goType ?? SCALAR_TYPES[schema.type];
  switch (schema.type) {
    case "object":
      return schema.name.split(".").slice(-2).join(".");
    case "list":
      return `[]${goType(schema.items)}`;
    case "map":
      return `map[string]${goType(schema.values)}`;
    case "any":
    case "alternatives":
      return "interface {}";
  }
}

/** The bare name of a struct: `DeploymentSpec`. */
export function structName(typeName: string): string {
  return typeName.slice(typeName.lastIndexOf(".") + 1);
}
