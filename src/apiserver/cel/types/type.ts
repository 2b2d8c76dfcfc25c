/** The types of CEL (cel-go common/types/types.go). Types of the same shape are equal, whoever made them. */
export type TypeKind =
  | "bool"
  | "bytes"
  | "double"
  | "duration"
  | "dyn"
  | "error"
  | "int"
  | "list"
  | "map"
  | "null_type"
  | "opaque"
  | "object"
  | "parameter"
  | "string"
  | "timestamp"
  | "type"
  | "uint";

export class CelType {
  readonly kind: TypeKind;
  readonly name: string;
  readonly parameters: readonly CelType[];

  constructor(kind: TypeKind, name: string, parameters: readonly CelType[] = []) {
    this.kind = kind;
    this.name = name;
    this.parameters = parameters;
  }

  /** A parameter of a type that has that many. */
  parameter(index: number): CelType {
    return this.parameters[index] ?? DYN;
  }

  equals(other: CelType): boolean {
    if (this === other) return true;
    return (
      this.kind === other.kind &&
      this.name === other.name &&
      this.parameters.length === other.parameters.length &&
      this.parameters.every((each, index) => each.equals(other.parameter(index)))
    );
  }
}

function simple<K extends TypeKind>(kind: K): CelType {
  return new CelType(kind, kind);
}

export const BOOL = simple("bool");
export const BYTES = simple("bytes");
export const DOUBLE = simple("double");
export const DURATION = new CelType("duration", "google.protobuf.Duration");
export const DYN = simple("dyn");
export const ERROR = new CelType("error", "error");
export const INT = simple("int");
export const NULL = simple("null_type");
export const STRING = simple("string");
export const TIMESTAMP = new CelType("timestamp", "google.protobuf.Timestamp");
export const TYPE = new CelType("type", "type");
export const UINT = simple("uint");

export function listType(element: CelType): CelType {
  return new CelType("list", "list", [element]);
}

export function mapType(key: CelType, value: CelType): CelType {
  return new CelType("map", "map", [key, value]);
}

/** An object with fields, which a `TypeProvider` knows by its name. */
export function objectType(name: string): CelType {
  return new CelType("object", name);
}

export function opaqueType(name: string, ...parameters: readonly CelType[]): CelType {
  return new CelType("opaque", name, parameters);
}

export function optionalType(value: CelType): CelType {
  return opaqueType("optional_type", value);
}

/** A type that stands for any other in a declaration. */
export function typeParameter(name: string): CelType {
  return new CelType("parameter", name);
}

/** The type of a type. */
export function typeOf(type: CelType): CelType {
  return new CelType("type", "type", [type]);
}

export function isDyn({ kind }: CelType): boolean {
  return kind === "dyn";
}

export function isOptional({ kind, name }: CelType): boolean {
  return kind === "opaque" && name === "optional_type";
}

/** The type of the value in an optional, or the type itself. */
export function unwrapOptional(type: CelType): CelType {
  return isOptional(type) ? type.parameter(0) : type;
}

const SHORT_NAMES: Readonly<Partial<Record<TypeKind, string>>> = {
  duration: "duration",
  error: "!error!",
  null_type: "null",
  timestamp: "timestamp",
};

/** As messages name types: `map(string, list(int))`. */
export function formatType(type: CelType): string {
  const { kind, name, parameters } = type;
  const short = SHORT_NAMES[kind];
  if (short !== undefined) return short;
  return parameters.length === 0 ? name : `${name}(${parameters.map(formatType).join(", ")})`;
}
