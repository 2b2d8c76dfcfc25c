import { notAcceptable } from "#apimachinery/status-error.ts";
import { Answer, bytesOf } from "#https/answer.ts";
import type { WireFormat } from "../formats/wire-format.ts";
import type { PipelineResponse } from "../pipeline.ts";
import { encodeJson } from "../storage/object-storage.ts";
import type { Transform } from "./output-format.ts";
import type { TableTransform } from "./table-transform.ts";

type DocumentResponse = Extract<PipelineResponse, { type: "object" | "list" }>;

/** How an object or a list is written. */
export interface ObjectOutput {
  readonly format: WireFormat;
  /** What the client wants instead of the object itself. */
  readonly transform: Transform | undefined;
  /** Present when that is a table. */
  readonly table: TableTransform | undefined;
}

/** Writes an object or a list as the client has asked for it. Throws NotAcceptable where it cannot be had that way. */
export function objectAnswer(response: DocumentResponse, output: ObjectOutput): Answer {
  const code = response.type === "object" ? response.code : 200;
  const { format } = output;
  return new Answer(code, { "content-type": format.contentType }, contentOf(response, output));
}

function contentOf(
  response: DocumentResponse,
  { format, transform, table }: ObjectOutput,
): Answer["content"] {
  if (response.type === "object") {
    if (transform?.kind === "PartialObjectMetadataList" && response.object.kind !== "Status") {
      throw mismatch(transform.kind, "not a list", response.object);
    }
    return format.document(
      table === undefined ? response.bytes() : encodeJson(table.object(response.object)),
    );
  }
  if (transform?.kind === "PartialObjectMetadata") throw mismatch(transform.kind, "a list", response.head);
  return format.list(table?.list(response) ?? response);
}

/** The JSON of what a client has asked for instead; `json` writes metadata alone where that is it. */
export function transformedBytes(
  response: DocumentResponse,
  { json, table }: { readonly json: WireFormat; readonly table: TableTransform | undefined },
): Buffer {
  if (response.type === "object") {
    const object = table === undefined ? response.bytes() : encodeJson(table.object(response.object));
    return Buffer.from(json.document(object));
  }
  const written = json.list(table?.list(response) ?? response);
  return written instanceof Uint8Array ? Buffer.from(written) : bytesOf(written);
}

/** Messages name the type of the object in Go: `*core.PodList` of apiVersion `v1`. */
function mismatch(
  wanted: Transform["kind"],
  actual: string,
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
): Error {
  const [group = "", version] = apiVersion.split("/");
  const type = `*${version === undefined ? "core" : (group.split(".")[0] ?? "")}.${kind}`;
  return notAcceptable(`you requested ${wanted}, but the requested object is ${actual} (${type})`);
}
