/** What values look like: the parts of an OpenAPI schema that expressions depend on. */
export interface StructuralSchema {
  readonly type?: string;
  readonly format?: string;
  readonly items?: StructuralSchema | readonly StructuralSchema[];
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema | boolean;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly nullable?: boolean;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly maxProperties?: number;
  readonly "x-kubernetes-embedded-resource"?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-list-type"?: string;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
}

export function itemsOf({ items }: StructuralSchema): StructuralSchema | undefined {
  return isOne(items) ? items : undefined;
}

export function valuesOf({ additionalProperties }: StructuralSchema): StructuralSchema | undefined {
  return typeof additionalProperties === "object" ? additionalProperties : undefined;
}

export function hasProperties({ properties = {} }: StructuralSchema): boolean {
  for (const _ in properties) return true;
  return false;
}

export function isEmbedded(schema: StructuralSchema): boolean {
  return schema["x-kubernetes-embedded-resource"] === true;
}

const TEXT: StructuralSchema = { type: "string" };
const METADATA: StructuralSchema = { type: "object", properties: { name: TEXT, generateName: TEXT } };

/** The schema of a whole object: expressions see its kind, and of its metadata the names. */
export function withTypeAndNames<T extends StructuralSchema>(schema: T): T {
  const { properties = {} } = schema;
  const { kind, apiVersion, metadata } = properties;
  const names = metadata?.properties ?? {};
  const texts = [kind, apiVersion, names["name"], names["generateName"]];
  const isComplete = metadata?.type === "object" && texts.every((each) => each?.type === "string");
  if (isComplete) return schema;
  return { ...schema, properties: { ...properties, kind: TEXT, apiVersion: TEXT, metadata: METADATA } };
}

function isOne(items: StructuralSchema["items"]): items is StructuralSchema {
  return items !== undefined && !Array.isArray(items);
}
