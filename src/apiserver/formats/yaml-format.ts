import { parseExactJson } from "#apimachinery/exact-json.ts";
import { bytesOf } from "#https/answer.ts";
import type { WireFormat } from "./wire-format.ts";
import { formatYamlText } from "./write-yaml.ts";

/** Watches cannot be had in it, because nothing is agreed on that tells their events apart. */
export const yamlFormat: WireFormat = {
  contentType: "application/yaml",
  document: (json) => Buffer.from(formatYamlText(parseExactJson(json.toString()))),
  list: (list) => yamlFormat.document(bytesOf(list.pieces())),
};
