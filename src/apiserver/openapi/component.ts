import type { BuiltInSchemas, FieldFacts, TypeFacts } from "#api/schemas.ts";
import type { Descriptions } from "./descriptions.ts";

/** A JSON schema in the dialect of OpenAPI v3, with Kubernetes' extensions. */
export type SchemaDocument = Readonly<Record<string, unknown>>;

export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

export const COMPONENT_PREFIX = "#/components/schemas/";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";

/** The OpenAPI names of types that the facts know as scalars, with their schemas. */
const NAMED_SCALARS: Readonly<Record<string, { readonly name: string; readonly schema: SchemaDocument }>> = {
  Time: { name: `${META}.Time`, schema: { type: "string", format: "date-time" } },
  MicroTime: { name: `${META}.MicroTime`, schema: { type: "string", format: "date-time" } },
  Duration: { name: `${META}.Duration`, schema: { type: "string" } },
  Quantity: {
    name: "io.k8s.apimachinery.pkg.api.resource.Quantity",
    schema: { oneOf: [{ type: "string" }, { type: "number" }] },
  },
  IntOrString: {
    name: "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
    schema: { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] },
  },
  RawExtension: { name: "io.k8s.apimachinery.pkg.runtime.RawExtension", schema: { type: "object" } },
  Patch: { name: `${META}.Patch`, schema: { type: "object" } },
};

const SCALARS: Readonly<Record<string, SchemaDocument>> = {
  string: { type: "string" },
  bytes: { type: "string", format: "byte" },
  bool: { type: "boolean" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  double: { type: "number", format: "double" },
  any: { type: "object" },
};

const TEXT_LIST: SchemaDocument = { type: "array", items: { type: "string" } };

/** Go's zero values, which are the defaults of fields that are always written. */
const ZERO: Readonly<Record<string, unknown>> = { string: "", bool: false, int32: 0, int64: 0, double: 0 };

/** Types whose JSON form has no structure that OpenAPI could tell. */
const FORMS: Readonly<Record<string, SchemaDocument>> = {
  "raw-json": {},
  "schema-or-array": {},
  "schema-or-bool": {},
  "schema-or-string-array": {},
};

export interface ComponentBuilderOptions {
  readonly descriptions: Descriptions;
  /** Those that are served: some kinds belong to each of them. */
  readonly groupVersions: readonly GroupVersion[];
}

/** Builds the `components` of OpenAPI documents as kube-openapi does from the Go declarations. */
export class ComponentBuilder {
  readonly #schemas: BuiltInSchemas;
  readonly #descriptions: Descriptions;

  readonly #groupVersions: readonly GroupVersion[];

  constructor(schemas: BuiltInSchemas, { descriptions, groupVersions }: ComponentBuilderOptions) {
    this.#schemas = schemas;
    this.#descriptions = descriptions;
    this.#groupVersions = groupVersions;
  }

  /** The schemas of the types and of all that they refer to, by their OpenAPI names, in alphabetical order. */
  build(roots: readonly string[]): Readonly<Record<string, SchemaDocument>> {
    const found = new Map<string, SchemaDocument>();
    const visit = (name: string): void => {
      if (found.has(name)) return;
      const component = this.#component(name);
      found.set(name, component);
      for (const reference of referencesIn(component)) visit(reference);
    };
    roots.forEach(visit);
    return Object.fromEntries([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  #component(name: string): SchemaDocument {
    const scalar = Object.values(NAMED_SCALARS).find((each) => each.name === name);
    const description = this.#description(name);
    if (scalar !== undefined) return { ...description, ...scalar.schema };
    const facts = this.#schemas.factsOf(name);
    const form = name === `${META}.FieldsV1` ? { type: "object" } : FORMS[facts.json ?? ""];
    return form === undefined
      ? { ...description, ...this.#object(name, facts) }
      : { ...description, ...form };
  }

  #object(name: string, facts: TypeFacts): SchemaDocument {
    const fields = this.#fields(facts);
    const properties = fields.map(([field, each]) => [field, this.#property(name, field, each)] as const);
    const typeMeta = facts.typeMeta === true ? this.#typeMetaProperties() : [];
    const required = fields.filter(([, field]) => isRequired(field)).map(([field]) => field);
    const all = [...typeMeta, ...properties].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return {
      type: "object",
      ...(required.length > 0 && { required }),
      ...(all.length > 0 && { properties: Object.fromEntries(all) }),
      ...(facts.structType === "atomic" && { "x-kubernetes-map-type": "atomic" }),
      ...(facts.union === true && { "x-kubernetes-unions": [unionOf(fields)] }),
      ...this.#kinds(name, facts),
    };
  }

  #kinds(name: string, { gvk, everyGroup }: TypeFacts): SchemaDocument {
    const kind = name.slice(name.lastIndexOf(".") + 1);
    const kinds =
      everyGroup === true
        ? this.#groupVersions.map(({ group, version }) => ({ group, kind, version }))
        : gvk === undefined
          ? []
          : [{ group: gvk[0], kind: gvk[2], version: gvk[1] }];
    return kinds.length === 0 ? {} : { "x-kubernetes-group-version-kind": kinds };
  }

  /** The fields that are written in JSON, those of inlined types included. */
  #fields(facts: TypeFacts): readonly (readonly [string, FieldFacts])[] {
    return Object.entries(facts.fields).flatMap(([name, field]) => {
      if (field.nojson === true) return [];
      return field.inline === true && !isScalar(field.t)
        ? this.#fields(this.#schemas.factsOf(field.t))
        : [[name, field] as const];
    });
  }

  #property(owner: string, name: string, field: FieldFacts): SchemaDocument {
    const base = this.#valueSchema(field);
    const withDefault = "$ref" in base || field.t in SCALARS || field.t in NAMED_SCALARS;
    const rest = {
      ...this.#description(owner, name),
      ...(withDefault && defaultOf(field)),
      ...extensions(field),
    };
    // A reference may have nothing beside it.
    if (!("$ref" in base)) return { ...base, ...rest };
    return Object.keys(rest).length === 0 ? base : { ...rest, allOf: [base] };
  }

  #valueSchema({ t, rep, map, enum: values }: FieldFacts): SchemaDocument {
    const base = { ...this.#typeSchema(t), ...(values !== undefined && t === "string" && { enum: values }) };
    if (map === true) return { type: "object", additionalProperties: base };
    return rep === true ? { type: "array", items: base } : base;
  }

  /** Lists that are types of their own in Go are written out: they have no name in OpenAPI. */
  #typeSchema(type: string): SchemaDocument {
    const scalar = SCALARS[type];
    if (scalar !== undefined) return scalar;
    const named = NAMED_SCALARS[type]?.name;
    if (named === undefined && this.#schemas.factsOf(type).json === "list") return TEXT_LIST;
    return { $ref: COMPONENT_PREFIX + (named ?? type) };
  }

  #typeMetaProperties(): readonly (readonly [string, SchemaDocument])[] {
    return ["apiVersion", "kind"].map((field) => {
      return [field, { ...this.#description(`${META}.TypeMeta`, field), type: "string" }] as const;
    });
  }

  #description(type: string, field = ""): SchemaDocument {
    const description = this.#descriptions[type]?.[field];
    return description === undefined ? {} : { description };
  }
}

function isScalar(type: string): boolean {
  return type in SCALARS || type in NAMED_SCALARS;
}

/** An explicit default, or the zero value of what Go always writes. */
function defaultOf(field: FieldFacts): SchemaDocument {
  if (field.default !== undefined) return { default: field.default };
  const isPlain = field.ptr !== true && field.rep !== true && field.map !== true;
  if (!isPlain) return {};
  const isStruct = !(field.t in SCALARS) && field.t !== "RawExtension";
  if (isStruct) return hasStructDefault(field.t) ? { default: {} } : {};
  const isWritten = field.oe !== true && field.oz !== true;
  return isWritten && field.t in ZERO ? { default: ZERO[field.t] } : {};
}

function hasStructDefault(type: string): boolean {
  return !(type in NAMED_SCALARS);
}

function extensions(field: FieldFacts): SchemaDocument {
  const { listType, listMapKeys, mapType, structType, patchStrategy, patchMergeKey } = field;
  return {
    ...(listMapKeys !== undefined && { "x-kubernetes-list-map-keys": listMapKeys }),
    ...(listType !== undefined && { "x-kubernetes-list-type": listType }),
    ...((mapType ?? structType) !== undefined && { "x-kubernetes-map-type": mapType ?? structType }),
    ...(patchMergeKey !== undefined && { "x-kubernetes-patch-merge-key": patchMergeKey }),
    ...(patchStrategy !== undefined && { "x-kubernetes-patch-strategy": patchStrategy }),
  };
}

/** Marked so, or neither marked optional nor left out when empty. */
function isRequired({ req, opt, oe, oz }: FieldFacts): boolean {
  if (opt === true) return false;
  return req === true || (oe !== true && oz !== true);
}

function unionOf(fields: readonly (readonly [string, FieldFacts])[]): SchemaDocument {
  const discriminator = fields.find(([, field]) => field.discriminator === true)?.[0];
  const members = fields.map(([name]) => name).filter((name) => name !== discriminator);
  return {
    ...(discriminator !== undefined && { discriminator }),
    "fields-to-discriminateBy": Object.fromEntries(members.map((name) => [name, capitalize(name)])),
  };
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function referencesIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    key === "$ref" && typeof each === "string" ? [each.slice(COMPONENT_PREFIX.length)] : referencesIn(each),
  );
}
