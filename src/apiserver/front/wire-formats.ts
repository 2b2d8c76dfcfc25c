import type { BuiltInSchemas } from "#api/schemas.ts";
import { CborFormat } from "../cbor/cbor-format.ts";
import { jsonFormat, prettyJsonFormat } from "../formats/json-format.ts";
import { metadataFormat } from "../formats/metadata-format.ts";
import type { WireFormat } from "../formats/wire-format.ts";
import { yamlFormat } from "../formats/yaml-format.ts";
import { ProtobufFormat } from "../protobuf/protobuf-format.ts";
import { CBOR_TYPE, JSON_TYPE, type OutputFormat, PROTOBUF_TYPE, YAML_TYPE } from "./output-format.ts";

/** The formats that clients can choose. Each is made once, so that watchers with the same wishes share its bytes. */
export class WireFormats {
  readonly #formats: ReadonlyMap<string, WireFormat>;
  readonly #metadata = new Map<string, WireFormat>();

  constructor(schemas: BuiltInSchemas) {
    this.#formats = new Map([
      [JSON_TYPE, jsonFormat],
      [YAML_TYPE, yamlFormat],
      [PROTOBUF_TYPE, new ProtobufFormat(schemas)],
      [CBOR_TYPE, new CborFormat(schemas)],
    ]);
  }

  /** Tables are documents like others here: they are made before they are written. */
  of({ mediaType, pretty, transform }: OutputFormat): WireFormat {
    const isPretty = pretty && mediaType === JSON_TYPE;
    const format = isPretty ? prettyJsonFormat : this.#formats.get(mediaType);
    if (format === undefined) throw new RangeError(`No format for media type "${mediaType}"`);
    if (transform === undefined || transform.kind === "Table") return format;
    const key = `${mediaType} ${String(isPretty)} ${transform.version}`;
    const known = this.#metadata.get(key);
    if (known !== undefined) return known;
    const reduced = metadataFormat(format, `meta.k8s.io/${transform.version}`);
    this.#metadata.set(key, reduced);
    return reduced;
  }
}
