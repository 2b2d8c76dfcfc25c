import { PARAMETER_PREFIX } from "../merge/v2-spec.ts";
import type { SchemaDocument } from "../schemas/schema-document.ts";

/** Clients of old releases look for these where they are used. */
const UNSHARED_QUERIES = ["dryRun", "fieldValidation"];
const SHARED_TYPES = "#/definitions/io.k8s.apimachinery";

/** The parameters that stand once in a document and are referred to (kube-openapi `builder/parameters.go`). */
export class SharedParameters {
  /** By the JSON of parameters, which most operations have in common. */
  readonly #names = new Map<string, string>();
  readonly #documents = new Map<string, SchemaDocument>();

  /** Their documents by their names, in alphabetical order. */
  documents(): Readonly<Record<string, SchemaDocument>> {
    return Object.fromEntries([...this.#documents].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** What stands in the place of a parameter: a reference, or itself where it is of one operation only. */
  refer(parameter: SchemaDocument): SchemaDocument {
    if (!isShared(parameter)) return parameter;
    const json = JSON.stringify(parameter);
    const name = this.#names.get(json) ?? `${String(parameter["name"])}-${hashOf(json)}`;
    this.#names.set(json, name);
    this.#documents.set(name, parameter);
    return { $ref: PARAMETER_PREFIX + name };
  }
}

function isShared({ name, in: place, schema }: SchemaDocument): boolean {
  if (place === "body") {
    return String((schema as SchemaDocument | undefined)?.["$ref"]).startsWith(SHARED_TYPES);
  }
  if (name === "name") return false;
  return place !== "query" || !UNSHARED_QUERIES.includes(String(name));
}

/** FNV-1 with 64 bits, of which 48 are shown. */
function hashOf(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text)) {
    hash = BigInt.asUintN(64, hash * 0x100000001b3n) ^ BigInt(byte);
  }
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(hash);
  // Node's base64url has no padding, of which six bytes need none.
  return bytes.subarray(0, 6).toString("base64url");
}
