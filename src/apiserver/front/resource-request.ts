import type { GroupVersionKind } from "#apimachinery/meta.ts";
import type { RequestOperation, RequestTarget, Verb } from "#apimachinery/request.ts";
import type { Exchange } from "#https/exchange.ts";
import type { YamlThread } from "../formats/yaml-thread.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import type { BodyTurns } from "./body-turns.ts";
import type { DeleteOptionsReader } from "./delete-options-body.ts";
import { ObjectBody } from "./object-body.ts";
import { YAML_TYPE } from "./output-format.ts";
import { type BodyParser, bodyMediaType } from "./parse-body.ts";
import { isCompactJson, PatchBody, patchFormatOf } from "./patch-body.ts";
import type { ResourceRequestInfo } from "./request-info.ts";
import {
  deleteOptions,
  listOptions,
  patchOptions,
  readOptions,
  watchOptions,
  writeOptions,
} from "./request-options.ts";

/** An operation, and what reading its body has to say to the client. */
export interface ReadOperation {
  readonly operation: RequestOperation;
  /** Complete once the operation has been carried out. */
  readonly warnings: () => readonly string[];
}

/** What bodies are read with. */
export interface BodyReaders {
  readonly parser: BodyParser;
  readonly readDeleteOptions: DeleteOptionsReader;
  readonly turns: BodyTurns;
  readonly yaml: YamlThread;
}

/**
 * What an HTTP request asks of its target. Throws a `StatusError` for options and content types that are wrong; what is
 * wrong with the text of a body shows when the operation's object is first read.
 */
export async function readOperation(
  exchange: Exchange,
  verb: Verb,
  {
    served,
    info: { target, isLegacyWatch },
  }: { readonly served: ServedResource; readonly info: ResourceRequestInfo },
  readers: BodyReaders,
): Promise<ReadOperation> {
  const { query } = exchange;
  switch (verb) {
    case "get":
      return plain({ verb, options: readOptions(query) });
    case "list":
      return plain({ verb, options: listOptions(query) });
    case "watch":
      return plain({ verb, options: watchOptions(query, { isLegacy: isLegacyWatch }) });
    case "create":
    case "update":
      return await readObject(exchange, verb, kindAt(served, target), readers);
    case "patch":
      return await readPatch(exchange, readers);
    case "delete":
      return plain({ verb, options: await readDelete(exchange, readers) });
    case "deletecollection":
      return plain({
        verb,
        options: await readDelete(exchange, readers),
        list: listOptions(query),
      });
  }
}

function plain(operation: RequestOperation): ReadOperation {
  return { operation, warnings: () => [] };
}

async function readObject(
  exchange: Exchange,
  verb: "create" | "update",
  gvk: GroupVersionKind,
  { parser, turns, yaml }: BodyReaders,
): Promise<ReadOperation> {
  const mediaType = bodyMediaType(exchange.header("content-type"));
  const options = writeOptions(exchange.query, verb === "create" ? "CreateOptions" : "UpdateOptions");
  const bytes = await turns.read(exchange);
  const parseYaml = mediaType === YAML_TYPE ? await yaml.ahead(bytes) : undefined;
  const format = { mediaType, gvk, ...(parseYaml && { parseYaml }) };
  const body = new ObjectBody(() => parser.parse(bytes, format));
  const operation: RequestOperation = {
    verb,
    options,
    get object() {
      return body.object;
    },
    get text() {
      return body.text;
    },
    get problems() {
      return body.problems;
    },
  };
  return plain(operation);
}

async function readPatch(exchange: Exchange, { turns, yaml }: BodyReaders): Promise<ReadOperation> {
  const format = patchFormatOf(exchange.header("content-type"));
  const { patchType } = format;
  const options = patchOptions(exchange.query, patchType);
  const bytes = await turns.read(exchange);
  const isLongYaml = format.encoding === "yaml" && yaml.isLong(bytes) && !isCompactJson(bytes);
  const parseYaml = isLongYaml ? await yaml.ahead(bytes) : undefined;
  const body = new PatchBody(bytes, format, options.fieldValidation, parseYaml);
  const operation: RequestOperation = {
    verb: "patch",
    patchType,
    options,
    get patch() {
      return body.document;
    },
    get patchProblems() {
      return body.problems;
    },
  };
  return { operation, warnings: () => body.warnings };
}

async function readDelete(exchange: Exchange, { readDeleteOptions, turns, yaml }: BodyReaders) {
  const bytes = await turns.read(exchange);
  const mediaType = bytes.length === 0 ? "" : bodyMediaType(exchange.header("content-type"));
  const parseYaml = mediaType === YAML_TYPE ? await yaml.ahead(bytes) : undefined;
  return deleteOptions(
    exchange.query,
    readDeleteOptions(bytes, { mediaType, ...(parseYaml && { parseYaml }) }),
  );
}

/** The kind of object that a path takes, which a subresource may have of its own. */
function kindAt({ resource }: ServedResource, { subresource }: RequestTarget): GroupVersionKind {
  const { group, version, kind } = resource;
  const found = resource.subresources.find(({ name }) => name === subresource);
  if (found === undefined) return { group, version, kind };
  return { group: found.group ?? group, version: found.version ?? version, kind: found.kind };
}
