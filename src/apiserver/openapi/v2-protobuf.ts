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
  /** In parts that are made one after the other. */
  readonly paths: Iterable<PathsDocument>;
  readonly definitions: Iterable<Readonly<Record<string, SchemaDocument>>>;
}

/** Whoever reads it merges the parts of a message that comes in several. */
export function* writeV2Protobuf({ swagger, info, paths, definitions }: V2Document): Generator<Buffer> {
  const title = new WireWriter().text(INFO.title, info.title).text(INFO.version, info.version);
  yield new WireWriter().text(DOCUMENT.swagger, swagger).message(DOCUMENT.info, title).finish();
  for (const part of paths) yield new WireWriter().message(DOCUMENT.paths, encodePaths(part)).finish();
  for (const part of definitions) {
    yield new WireWriter().message(DOCUMENT.definitions, namedSchemas(part)).finish();
  }
}
