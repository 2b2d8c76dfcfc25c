/** Writes documents of OpenAPI v2 part by part: with many custom resources nobody has to hold all of them. */
import type { Components } from "../describe-resources.ts";
import { jsonMembers } from "../json-members.ts";
import { encodeV2Document } from "../protobuf/v2-document.ts";
import type { SchemaDocument } from "../schemas/schema-document.ts";

export interface V2Parts {
  readonly head: object;
  readonly paths: Iterable<Readonly<Record<string, SchemaDocument>>>;
  readonly definitions: Iterable<Components>;
  /** Complete when all paths have been made. */
  readonly parameters: () => Readonly<Record<string, SchemaDocument>>;
}

export function* writeV2Json({ head, paths, definitions, parameters }: V2Parts): Generator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"paths":{`;
  yield* jsonMembers(paths);
  yield `},"definitions":{`;
  yield* jsonMembers(definitions);
  yield `},"parameters":${JSON.stringify(parameters())}}`;
}

/** Whoever reads it merges the parts of a message that comes in several. */
export function* writeV2Protobuf({ head, paths, definitions, parameters }: V2Parts): Generator<Buffer> {
  yield encodeV2Document(head);
  for (const part of paths) yield encodeV2Document({ paths: part });
  for (const part of definitions) yield encodeV2Document({ definitions: part });
  yield encodeV2Document({ parameters: parameters() });
}
