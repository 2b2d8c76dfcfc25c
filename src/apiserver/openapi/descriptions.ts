import { gunzipSync } from "node:zlib";
import path from "./descriptions.json.gz" with { type: "file" };

/** What `kubectl explain` shows, by OpenAPI name of the type and JSON name of the field; the type's own has no name. */
export type Descriptions = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Reads the descriptions that `scripts/generate-descriptions.ts` has made. They are large, and wanted rarely. */
export async function readDescriptions(): Promise<Descriptions> {
  const compressed = await Bun.file(path).bytes();
  return JSON.parse(gunzipSync(compressed).toString()) as Descriptions;
}
