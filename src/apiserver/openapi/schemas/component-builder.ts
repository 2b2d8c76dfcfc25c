import type { BuiltInSchemas, FieldFacts, TypeFacts } from "#api/schemas.ts";
import type { GroupVersion } from "#apimachinery/meta.ts";
import type { Descriptions } from "../descriptions.ts";
import { fieldSchema, isScalar, NAMED_SCALARS, wrapReference } from "./field-schema.ts";
import { COMPONENT_PREFIX, KINDS_KEY, META, type SchemaDocument } from "./schema-document.ts";

/** Types whose JSON form has no structure that OpenAPI could tell. */
const FORMS: Readonly<Record<string, SchemaDocument>> = {
  "raw-json": {},
  "schema-or-array": {},
  "schema-or-bool": {},
  "schema-or-string-array": {},
};

/** Required fields in Go's order, where the numbers of protobuf do not tell it. */
const DECLARED_ORDER: Readonly<Record<string, readonly string[]>> = {
  "io.k8s.api.networking.v1.HTTPIngressPath": ["pathType", "backend"],
  [`${META}.APIResource`]: ["name", "singularName", "namespaced", "kind", "verbs"],
  [`${META}.OwnerReference`]: ["apiVersion", "kind", "name", "uid"],
  "io.k8s.apimachinery.pkg.version.Info": [
    "major",
    "minor",
    "gitVersion",
    "gitCommit",
    "gitTreeState",
    "buildDate",
    "goVersion",
    "compiler",
    "platform",
  ],
};

export interface ComponentBuilderOptions {
  readonly descriptions: Descriptions;
  /** Those of which the kinds are that every group version has. */
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
    return { ...description, ...(form ?? this.#object(name, facts)) };
  }

  #object(name: string, facts: TypeFacts): SchemaDocument {
    const fields = this.#fields(facts);
    const properties = fields.map(([field, each]) => [field, this.#property(name, field, each)] as const);
    const typeMeta = facts.typeMeta === true ? this.#typeMetaProperties() : [];
    const required = DECLARED_ORDER[name] ?? requiredOf(fields);
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
    return kinds.length === 0 ? {} : { [KINDS_KEY]: kinds };
  }

  /** The fields that are written in JSON, those of inlined types included. */
  #fields(facts: TypeFacts): readonly (readonly [string, FieldFacts])[] {
    return Object.entries(facts.fields)
      .toSorted(([, a], [, b]) => (a.n ?? 0) - (b.n ?? 0))
      .flatMap(([name, field]) => {
        if (field.nojson === true) return [];
        return field.inline === true && !isScalar(field.t)
          ? this.#fields(this.#schemas.factsOf(field.t))
          : [[name, field] as const];
      });
  }

  #property(owner: string, name: string, field: FieldFacts): SchemaDocument {
    return wrapReference({ ...this.#description(owner, name), ...fieldSchema(field, this.#schemas) });
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

function requiredOf(fields: readonly (readonly [string, FieldFacts])[]): readonly string[] {
  return fields.filter(([, field]) => isRequired(field)).map(([name]) => name);
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
