/** Between the JSON of Kubernetes and that of protobuf, which knows nothing of the types that have a form of their own. */
import type { BuiltInSchemas, WireField } from "#api/schemas.ts";

type Json = Readonly<Record<string, unknown>>;

const RAW: readonly string[] = [
  "RawExtension",
  "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1",
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON",
];

export function toKubernetes(schemas: BuiltInSchemas, type: string, value: unknown): unknown {
  const scalar = scalarFrom(type, value);
  if (scalar !== undefined) return scalar.value;
  const { fields, form } = schemas.wireMessage(type);
  const json = value as Json;
  const named = [...fields.values()].filter(({ name }) => Object.hasOwn(json, name));
  const entries = named.flatMap((field): [string, unknown][] => {
    const converted = members(field, json[field.name], (each) => toKubernetes(schemas, field.type, each));
    return field.inline ? Object.entries(converted as Json) : [[field.name, converted]];
  });
  const object = Object.fromEntries(entries);
  switch (form) {
    case undefined:
      return object;
    case "list":
      return object["items"] ?? [];
    case "schema-or-array":
      return object["jSONSchemas"] ?? object["schema"] ?? null;
    case "schema-or-bool":
      return object["schema"] ?? object["allows"] ?? false;
    default:
      return object["property"] ?? object["schema"] ?? null;
  }
}

export function fromKubernetes(schemas: BuiltInSchemas, type: string, value: unknown): unknown {
  const scalar = scalarTo(type, value);
  if (scalar !== undefined) return scalar.value;
  const { fields, form } = schemas.wireMessage(type);
  const json = form === undefined ? (value as Json) : alternative(form, value);
  const entries = [...fields.values()].flatMap((field): [string, unknown][] => {
    if (field.inline) return [[field.name, fromKubernetes(schemas, field.type, json)]];
    const each = json[field.name];
    if (each === undefined || each === null) return [];
    return [[field.name, members(field, each, (one) => fromKubernetes(schemas, field.type, one))]];
  });
  return Object.fromEntries(entries);
}

function members(
  { map, repeated }: WireField,
  value: unknown,
  convert: (value: unknown) => unknown,
): unknown {
  if (map)
    return Object.fromEntries(Object.entries(value as Json).map(([key, each]) => [key, convert(each)]));
  return repeated ? (value as readonly unknown[]).map(convert) : convert(value);
}

function alternative(form: string, value: unknown): Json {
  if (form === "list") return { items: value };
  if (typeof value === "boolean") return { allows: value };
  if (!Array.isArray(value)) return { schema: value, ...(form === "schema-or-bool" && { allows: true }) };
  return form === "schema-or-array" ? { jSONSchemas: value } : { property: value };
}

/** Undefined for a type with fields. */
function scalarFrom(type: string, value: unknown): { readonly value: unknown } | undefined {
  const json = value as Json;
  if (RAW.includes(type)) return { value: parsed(json["raw"] ?? json["Raw"]) };
  switch (type) {
    case "int64":
      return { value: Number(value) };
    case "Quantity":
      return { value: json["string"] };
    case "Time":
      return { value: timeOf(json, "") };
    case "MicroTime":
      return { value: timeOf(json, `.${String(Number(json["nanos"] ?? 0) / 1000).padStart(6, "0")}`) };
    case "IntOrString":
      return { value: json["type"] === "0" ? json["intVal"] : json["strVal"] };
    default:
      return type.includes(".") ? undefined : { value };
  }
}

function scalarTo(type: string, value: unknown): { readonly value: unknown } | undefined {
  if (RAW.includes(type)) return { value: { [rawField(type)]: base64(value) } };
  switch (type) {
    case "int64":
      return { value: String(value) };
    case "Quantity":
      return { value: { string: value } };
    case "Time":
    case "MicroTime":
      return { value: timestampOf(value as string | null) };
    case "IntOrString":
      return {
        value: typeof value === "number" ? { type: "0", intVal: value } : { type: "1", strVal: value },
      };
    default:
      return type.includes(".") ? undefined : { value };
  }
}

function rawField(type: string): string {
  return type.endsWith("FieldsV1") ? "Raw" : "raw";
}

function parsed(bytes: unknown): unknown {
  return typeof bytes === "string" ? (JSON.parse(Buffer.from(bytes, "base64").toString()) as unknown) : null;
}

function base64(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64");
}

function timeOf(json: Json, fraction: string): string | null {
  if (json["seconds"] === undefined) return null;
  return `${new Date(Number(json["seconds"]) * 1000).toISOString().slice(0, 19)}${fraction}Z`;
}

function timestampOf(time: string | null): Json {
  if (time === null) return {};
  const micros = Number(/\.([0-9]{6})/.exec(time)?.[1] ?? 0);
  return { seconds: String(Math.floor(Date.parse(time) / 1000)), nanos: micros * 1000 };
}
