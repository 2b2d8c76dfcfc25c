import type { GroupVersion } from "#apimachinery/meta.ts";
import type { Field, ListSchema, ObjectSchema, ScalarType, Schema } from "#apimachinery/schema.ts";
import schemaJson from "./generated/schema.json" with { type: "text" };
import type { Resource } from "./resource.ts";

/** What is known of a field: the markers of its Go declaration, by the short names of the generator's input. */
export interface FieldFacts {
  /** Type: a scalar name or the OpenAPI name of another type. */
  readonly t: string;
  readonly n?: number;
  readonly rep?: boolean;
  readonly map?: boolean;
  readonly ptr?: boolean;
  readonly oe?: boolean;
  readonly oz?: boolean;
  /** Marked `+optional` or `+required`. */
  readonly opt?: boolean;
  readonly req?: boolean;
  readonly inline?: boolean;
  readonly nojson?: boolean;
  readonly enum?: readonly string[];
  /** Named Go string type. */
  readonly gt?: string;
  readonly default?: unknown;
  readonly listType?: ListSchema["listType"];
  readonly listMapKeys?: readonly string[];
  readonly mapType?: string;
  readonly structType?: string;
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
  /** Tells which member of its union is set. */
  readonly discriminator?: boolean;
}

export interface TypeFacts {
  readonly fields: Readonly<Record<string, FieldFacts>>;
  readonly gvk?: readonly [group: string, version: string, kind: string];
  readonly typeMeta?: boolean;
  readonly json?: string;
  readonly structType?: string;
  /** Only one of the fields may be set, besides the discriminator. */
  readonly union?: boolean;
  /** Registered in every group version, as the options of requests are. */
  readonly everyGroup?: boolean;
}

/** A field as it is in a protobuf message: inlined messages are not taken apart as they are in JSON. */
export interface WireField {
  readonly number: number;
  /** Its JSON name; an inlined one has none in JSON. */
  readonly name: string;
  /** A scalar (`string`, `int32`, `Time`, …) or the OpenAPI name of a message. */
  readonly type: string;
  readonly repeated: boolean;
  /** Entries of a map with text keys. */
  readonly map: boolean;
  /** Its fields are fields of the message around it. */
  readonly inline: boolean;
  /** A pointer in Go: it is left out when it is not set, where others are written with their zero value. */
  readonly pointer: boolean;
}

/** A type as protobuf has it. */
export interface WireMessage {
  /** By their numbers. */
  readonly fields: ReadonlyMap<number, WireField>;
  /** How the type is written in JSON, where that is not as an object with its fields: `list`, `raw-json`, … */
  readonly form: string | undefined;
}

/** A reader of the generated facts. Made once where needed: parsing them takes some milliseconds. */
export class BuiltInSchemas {
  /** Those of Kubernetes, served or not, in alphabetical order: the options of requests are kinds of all of them. */
  readonly groupVersions: readonly GroupVersion[];
  readonly #types: Readonly<Record<string, TypeFacts>>;
  readonly #schemas = new Map<string, Schema>();
  readonly #names = new Map<string, string>();
  readonly #messages = new Map<string, WireMessage>();

  constructor() {
    // The text attribute makes this a string at run time; the compiler types it by its file name.
    const facts = JSON.parse(schemaJson as unknown as string) as {
      readonly types: Readonly<Record<string, TypeFacts>>;
      readonly groupVersions: readonly GroupVersion[];
    };
    this.#types = facts.types;
    this.groupVersions = facts.groupVersions;
    for (const [name, { gvk }] of Object.entries(facts.types)) {
      if (gvk !== undefined) this.#names.set(gvk.join("/"), name);
    }
  }

  /** OpenAPI names of all types in the table. */
  names(): readonly string[] {
    return Object.keys(this.#types);
  }

  /** The OpenAPI name of a kind, or undefined when the table does not have it. */
  nameOf(group: string, version: string, kind: string): string | undefined {
    return this.#names.get(`${group}/${version}/${kind}`);
  }

  /** The facts of a type as they were generated. Throws a RangeError for a type outside the table. */
  factsOf(name: string): TypeFacts {
    const type = this.#types[name];
    if (type === undefined) throw new RangeError(`No type "${name}" in the generated schema`);
    return type;
  }

  /** The schema of a resource's kind. Throws a RangeError for a kind outside the table. */
  ofResource({ group, version, kind }: Pick<Resource, "group" | "version" | "kind">): ObjectSchema {
    const name = this.nameOf(group, version, kind);
    const schema = name === undefined ? undefined : this.ofType(name);
    if (schema?.type !== "object") throw new RangeError(`No schema for kind "${group}/${version}/${kind}"`);
    return schema;
  }

  /** The schema of a type by its OpenAPI name. Types refer to each other, recursive ones to themselves. */
  ofType(name: string): Schema {
    const known = this.#schemas.get(name);
    if (known !== undefined) return known;
    const type = this.#types[name];
    if (type === undefined) throw new RangeError(`No type "${name}" in the generated schema`);
    if (type.json !== undefined) {
      const form = this.#jsonForm(type.json, name);
      this.#schemas.set(name, form);
      return form;
    }
    const fields = new Map<string, Field>();
    const atomic = type.structType === "atomic";
    const schema: ObjectSchema = { type: "object", name, fields, unknownFields: "drop", atomic };
    this.#schemas.set(name, schema);
    for (const field of this.#fields(type)) fields.set(field.name, field);
    return schema;
  }

  /** The protobuf message of a type. Throws a RangeError for a type outside the table. */
  wireMessage(name: string): WireMessage {
    const known = this.#messages.get(name);
    if (known !== undefined) return known;
    const type = this.#types[name];
    if (type === undefined) throw new RangeError(`No type "${name}" in the generated schema`);
    const fields = Object.entries(type.fields).flatMap(([field, facts]) => wireField(field, facts) ?? []);
    const byNumber = new Map(fields.map((field) => [field.number, field]));
    const message = { fields: byNumber, form: type.json };
    this.#messages.set(name, message);
    return message;
  }

  #fields(type: TypeFacts): Field[] {
    const typeMeta = type.typeMeta === true ? [typeMetaField("kind"), typeMetaField("apiVersion")] : [];
    const declared = Object.entries(type.fields)
      .filter(([, facts]) => facts.nojson !== true)
      .toSorted(([, a], [, b]) => (a.n ?? 0) - (b.n ?? 0))
      .flatMap(([name, facts]) => this.#field(name, facts));
    return [...typeMeta, ...declared];
  }

  #field(name: string, facts: FieldFacts): readonly Field[] {
    const inlined = facts.inline === true ? this.#types[facts.t] : undefined;
    if (inlined !== undefined) return this.#fields(inlined);
    return [
      {
        name,
        schema: this.#fieldSchema(facts),
        presence: presenceOf(facts),
        patchStrategy: (facts.patchStrategy?.split(",") ?? []) as Field["patchStrategy"],
        ...(facts.patchMergeKey !== undefined && { patchMergeKey: facts.patchMergeKey }),
        ...(facts.default !== undefined && { default: facts.default }),
        ...(facts.n !== undefined && { protoNumber: facts.n }),
      },
    ];
  }

  #fieldSchema(facts: FieldFacts): Schema {
    const base = this.#baseSchema(facts);
    if (facts.map === true) {
      const values: Schema = facts.rep === true ? atomicList(base) : base;
      return { type: "map", values, atomic: facts.mapType === "atomic" };
    }
    if (facts.rep === true) {
      return {
        type: "list",
        items: base,
        listType: facts.listType ?? "atomic",
        keys: facts.listMapKeys ?? [],
      };
    }
    // Where a struct is used it can be what its type is not.
    return facts.structType !== undefined && base.type === "object"
      ? { ...base, atomic: facts.structType === "atomic" }
      : base;
  }

  #baseSchema(facts: FieldFacts): Schema {
    const scalar = SCALARS[facts.t];
    if (scalar !== undefined) {
      const goType = facts.gt?.split(".").slice(-2).join(".");
      return {
        type: scalar,
        ...(facts.enum !== undefined && { enum: facts.enum }),
        ...(goType !== undefined && { goType }),
      };
    }
    if (facts.t === "any") return { type: "any" };
    if (facts.t === "RawExtension") return { type: "any", atomic: true };
    return this.ofType(facts.t);
  }

  #jsonForm(form: string, name: string): Schema {
    switch (form) {
      case "raw-json":
      case "none":
        return { type: "any" };
      case "list":
        return atomicList({ type: "string" });
      case "rfc3339":
        return { type: "time" };
      case "rfc3339-micro":
        return { type: "microTime" };
      case "go-duration-string":
        return { type: "duration" };
      case "quantity-string":
        return { type: "quantity" };
      case "int-or-string":
        return { type: "intOrString" };
      default:
        return this.#schemaAlternatives(form, name);
    }
  }

  /** `schema-or-array`, `schema-or-bool` and `schema-or-string-array` inside a CustomResourceDefinition. */
  #schemaAlternatives(form: string, name: string): Schema {
    const self = this.ofType(`${name.slice(0, name.lastIndexOf("."))}.JSONSchemaProps`);
    if (form === "schema-or-bool") return { type: "alternatives", of: [self, { type: "boolean" }] };
    const items: Schema = form === "schema-or-array" ? self : { type: "string" };
    return { type: "alternatives", of: [self, atomicList(items)] };
  }
}

const SCALARS: Readonly<Record<string, ScalarType>> = {
  string: "string",
  int32: "int32",
  int64: "int64",
  double: "number",
  bool: "boolean",
  bytes: "bytes",
  Time: "time",
  MicroTime: "microTime",
  Duration: "duration",
  Quantity: "quantity",
  IntOrString: "intOrString",
};

/** Undefined for a field that protobuf does not have. */
function wireField(name: string, { n, t, rep, map, inline, ptr }: FieldFacts): WireField | undefined {
  if (n === undefined) return undefined;
  return {
    number: n,
    name,
    type: t,
    repeated: rep === true,
    map: map === true,
    inline: inline === true,
    pointer: ptr === true,
  };
}

function atomicList(items: Schema): ListSchema {
  return { type: "list", items, listType: "atomic", keys: [] };
}

function typeMetaField(name: string): Field {
  return { name, schema: { type: "string" }, presence: "nonEmpty", patchStrategy: [] };
}

function presenceOf({ ptr, oe, oz, rep, map, t }: FieldFacts): Field["presence"] {
  const isList = rep === true || map === true;
  if (oz === true || (ptr === true && oe === true && !isList)) return "whenSet";
  if (oe === true) return t === "any" || t === "RawExtension" ? "whenSet" : "nonEmpty";
  return ptr === true && !isList ? "whenSet" : "always";
}
