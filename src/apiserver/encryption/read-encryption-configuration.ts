import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import type { EncryptionConfiguration } from "./encryption-configuration.ts";
import { parseEncryptionConfiguration } from "./parse-encryption-configuration.ts";

/** The configuration in a file of YAML or JSON; a text says in one line why it cannot be used, without its keys. */
export async function readEncryptionConfiguration(file: string): Promise<EncryptionConfiguration | string> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  let document: unknown;
  try {
    document = parse(text);
  } catch {
    // The library's message shows the line, which may hold a key.
    return "it is not YAML";
  }
  const parsed = parseEncryptionConfiguration(document);
  return Array.isArray(parsed)
    ? parsed.map(({ field, message }) => `${field}: ${message}`).join("; ")
    : parsed;
}
