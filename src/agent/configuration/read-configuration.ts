import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import { type ComponentConfiguration, settingsOf } from "./component-configuration.ts";

/** The document in a file. Throws a RangeError that says what it must be. */
export function readConfiguration<Args extends object>(
  configuration: ComponentConfiguration<Args>,
  path: string,
): JsonObject {
  const { apiVersion, kind } = configuration;
  try {
    const document: unknown = parse(readFileSync(path, "utf8"));
    if (!isJsonObject(document) || document["apiVersion"] !== apiVersion || document["kind"] !== kind)
      throw new RangeError(`it is no ${kind} of ${apiVersion}`);
    settingsOf(configuration, [document]);
    return document;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RangeError(`must name a file that can be used: ${path}: ${why}`, { cause: error });
  }
}
