/** OpenAPI v2 in the protobuf form of gnostic (`openapiv2/OpenAPIv2.proto`), which client-go asks for. */
import { WireWriter } from "../protobuf/wire-writer.ts";
import type { SchemaDocument } from "./component.ts";
import type { PathsDocument } from "./paths.ts";
import { encodePaths } from "./v2-paths-protobuf.ts";
import { namedSchemas } from "./v2-schema-protobuf.ts";

const DOCUMENT = { swagger: 1, info: 2, paths: 8, definitions: 9 } as const;
const INFO = { title: 1, version: 2 } as const;

export interface V2Document {
  readonly swagger: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: PathsDocument["paths"];
  readonly definitions: Readonly<Record<string, SchemaDocument>>;
}

export function encodeV2Document({ swagger, info, paths, definitions }: V2Document): Buffer {
  return new WireWriter()
    .text(DOCUMENT.swagger, swagger)
    .message(DOCUMENT.info, new WireWriter().text(INFO.title, info.title).text(INFO.version, info.version))
    .message(DOCUMENT.paths, encodePaths(paths))
    .message(DOCUMENT.definitions, namedSchemas(definitions))
    .finish();
}
