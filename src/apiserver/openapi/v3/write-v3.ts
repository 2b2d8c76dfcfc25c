/** Writes documents of OpenAPI v3 part by part: with many custom resources nobody has to hold all of them. */
import type { Components } from "../describe-resources.ts";
import { jsonMembers } from "../json-members.ts";
import { encodeV3Document } from "../protobuf/v3-document.ts";
import type { SchemaDocument } from "../schemas/schema-document.ts";

export interface V3Parts {
  readonly head: object;
  readonly paths: Iterable<Readonly<Record<string, SchemaDocument>>>;
  /** Absent where everything is text. */
  readonly schemas?: Iterable<Components>;
  /** How clients say who they are, by name. */
  readonly securitySchemes?: Readonly<Record<string, object>>;
}

export function* writeV3Json({ head, paths, schemas, securitySchemes }: V3Parts): Generator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"paths":{`;
  yield* jsonMembers(paths);
  yield `},"components":{`;
  if (schemas !== undefined) {
    yield `"schemas":{`;
    yield* jsonMembers(schemas);
    yield securitySchemes === undefined ? "}" : "},";
  }
  if (securitySchemes !== undefined) yield `"securitySchemes":${JSON.stringify(securitySchemes)}`;
  yield "}}";
}

/** Whoever reads it merges the parts of a message that comes in several. */
export function* writeV3Protobuf({ head, paths, schemas = [], securitySchemes }: V3Parts): Generator<Buffer> {
  yield encodeV3Document(head);
  for (const part of paths) yield encodeV3Document({ paths: part });
  for (const part of schemas) yield encodeV3Document({ components: { schemas: part } });
  if (securitySchemes !== undefined) yield encodeV3Document({ components: { securitySchemes } });
}
