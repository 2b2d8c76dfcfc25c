/**
 * Requests for one object and what comes of them, as text. Each line is a request, or says what must be true then:
 *
 *     # the name of the transcript
 *     apply me {replicas: 1}
 *     update you@v2 {replicas: 2}
 *     apply me {replicas: 1}
 *     conflicts you .replicas
 *     force me {replicas: 1}
 *     live {replicas: 1}
 *     owns me .replicas
 *
 * Managers write in version v1 when they name none; an owner by updates is written in parentheses. `schema NAME` goes on
 * with another schema, `owns` lines tell all owners.
 */
import { parse } from "yaml";
import { applyPatch } from "#apimachinery/apply/apply-patch.ts";
import type { FieldManagerType } from "#apimachinery/apply/field-manager.ts";
import { pathSet } from "#apimachinery/apply/field-manager.ts";
import { pathsOf } from "#apimachinery/apply/field-set.ts";
import { parseFieldsV1 } from "#apimachinery/apply/fields-v1.ts";
import { formatPath } from "#apimachinery/apply/path-element.ts";
import { trackUpdate } from "#apimachinery/apply/track-update.ts";
import type { ManagedFieldsEntry } from "#apimachinery/generated/meta-v1.ts";
import type { JsonObject } from "#apimachinery/json-value.ts";
import type { ObjectSchema } from "#apimachinery/schema.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import { aField, aMapOf, aScalar, aStruct } from "./schema.ts";

/** Type and metadata, which every object has besides its fields. */
const ROOT = aStruct("Root", {
  apiVersion: aScalar("string"),
  kind: aScalar("string"),
  metadata: aField(aMapOf({ type: "any" }), { presence: "whenSet" }),
}).fields;
const TIME = "2026-01-01T00:00:00Z";

export interface TranscriptOptions {
  /** What an object has besides type and metadata: in every version, or by the names of versions and schemas. */
  readonly schema: ObjectSchema | Readonly<Record<string, ObjectSchema>>;
  /** Default: all versions are the same. */
  readonly convert?: (fields: JsonObject, from: string, to: string) => JsonObject;
  /** Paths that no request of a version can change. */
  readonly resetFields?: Readonly<Record<string, readonly (readonly string[])[]>>;
}

/** Transcripts by their names, for `test.each`. */
export function transcripts(text: string): readonly (readonly [name: string, lines: readonly string[]])[] {
  return text
    .split(/^ *# /m)
    .slice(1)
    .map((each) => {
      const [name = "", ...lines] = each.split("\n").map((line) => line.trim());
      return [name, lines.filter((line) => line !== "")] as const;
    });
}

/** The lines of a transcript as they turn out to be. */
export function replay(lines: readonly string[], options: TranscriptOptions): readonly string[] {
  const replayed = new Replay(options);
  return lines
    .filter((line) => !/^(owns|conflicts|fails) /.test(line))
    .flatMap((line) => replayed.run(line))
    .concat(lines.some((line) => line.startsWith("owns ")) ? replayed.owners : []);
}

class Replay {
  readonly #options: TranscriptOptions;
  readonly #versions = new Set(["v1"]);
  #schema = "";
  #live: JsonObject | undefined;

  constructor(options: TranscriptOptions) {
    this.#options = options;
  }

  /** The line, and what is to be said of it. */
  run(line: string): readonly string[] {
    const [, word = "", who = "", rest = ""] = /^(\w+) (?:(?!\{)(\S+) ?)?(.*)$/.exec(line) ?? [];
    const [name = "", version = "v1"] = who.split("@");
    this.#versions.add(version);
    switch (word) {
      case "schema":
        this.#schema = name;
        return [line];
      case "live":
        return [`live ${version === "v1" ? "" : `@${version} `}${format(this.#fieldsIn(version))}`];
      case "update":
        this.#update(name, version, parse(rest) as JsonObject);
        return [line];
      case "apply":
      case "force":
        return [
          line,
          ...this.#apply(name, version, { applied: parse(rest) as JsonObject, force: word === "force" }),
        ];
      default:
        throw new SyntaxError(`No line of a transcript: "${line}"`);
    }
  }

  get owners(): string[] {
    const { managedFields = [] } = (this.#live?.["metadata"] ?? {}) as {
      managedFields?: ManagedFieldsEntry[];
    };
    return managedFields.map(({ manager = "", apiVersion = "", operation, fieldsV1 }) => {
      const name = apiVersion === "v1" ? manager : `${manager}@${apiVersion}`;
      const paths = pathsOf(parseFieldsV1(fieldsV1)).map(formatPath);
      return `owns ${operation === "Update" ? `(${name})` : name} ${paths.join(" ")}`;
    });
  }

  #update(manager: string, version: string, fields: JsonObject): void {
    const live = this.#liveIn(version);
    const next = { ...objectIn(version), ...fields };
    this.#live = trackUpdate({ type: this.#type(version), live, next, manager, time: TIME });
  }

  #apply(
    manager: string,
    version: string,
    { applied, force }: { readonly applied: JsonObject; readonly force: boolean },
  ): readonly string[] {
    const config = { ...objectIn(version), ...applied };
    const request = { type: this.#type(version), applied: config, manager, force, time: TIME };
    try {
      this.#live = applyPatch({ ...request, live: this.#liveIn(version) }).object;
      return [];
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      const { causes = [] } = error.status.details ?? {};
      if (error.status.code !== 409) return [`fails ${error.message}`];
      const conflicts = causes.map(
        ({ message = "", field = "" }) => `${/"(.*?)"/.exec(message)?.[1] ?? ""} ${field}`,
      );
      return [`conflicts ${conflicts.sort().join(", ")}`];
    }
  }

  #type(version: string): FieldManagerType {
    const others = [...this.#versions].filter((other) => other !== version);
    return {
      apiVersion: version,
      kind: "Thing",
      schema: this.#schemaOf(version),
      resetFields: this.#options.resetFields?.[version] ?? [],
      otherVersions: others.map((other) => ({
        apiVersion: other,
        schema: this.#schemaOf(other),
        resetFields: pathSet(this.#options.resetFields?.[other] ?? []),
        toVersion: (object) => this.#convert(object, version, other),
        fromVersion: (object) => this.#convert(object, other, version),
      })),
    };
  }

  #schemaOf(version: string): ObjectSchema {
    const { schema } = this.#options;
    const fields = isSchema(schema) ? schema : (schema[this.#schema] ?? schema[version]);
    if (fields === undefined) throw new RangeError(`No schema for version "${version}"`);
    return { ...fields, fields: new Map([...ROOT, ...fields.fields]) };
  }

  #liveIn(version: string): JsonObject | undefined {
    return this.#live && this.#convert(this.#live, String(this.#live["apiVersion"]), version);
  }

  #fieldsIn(version: string): JsonObject {
    const { apiVersion: _v, kind: _k, metadata: _m, ...fields } = this.#liveIn(version) ?? {};
    return fields;
  }

  #convert(object: JsonObject, from: string, to: string): JsonObject {
    const { apiVersion: _, kind, metadata, ...fields } = object;
    const { convert = (same: JsonObject) => same } = this.#options;
    return { apiVersion: to, kind, metadata, ...(from === to ? fields : convert(fields, from, to)) };
  }
}

function isSchema(schema: TranscriptOptions["schema"]): schema is ObjectSchema {
  return schema["type"] === "object";
}

function objectIn(version: string): JsonObject {
  return { apiVersion: version, kind: "Thing", metadata: { name: "x" } };
}

/** As one writes it by hand: `{list: [{name: a}]}`. */
function format(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(format).join(", ")}]`;
  if (typeof value !== "object" || value === null)
    return typeof value === "string" ? value : JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, each]) => `${name}: ${format(each)}`)
    .join(", ")}}`;
}
