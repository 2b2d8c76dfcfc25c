import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { formatFieldError } from "#apimachinery/field-error.ts";
import { type ParsedAuditPolicy, parseAuditPolicy } from "./parse-audit-policy.ts";

/** The policy in a file of YAML or JSON; a text says in one line why it cannot be used. */
export async function readAuditPolicy(
  file: string,
): Promise<Extract<ParsedAuditPolicy, { policy: unknown }> | string> {
  try {
    const parsed = parseAuditPolicy(parse(await readFile(file, "utf8")));
    return "errors" in parsed ? parsed.errors.map(formatFieldError).join("; ") : parsed;
  } catch (error) {
    return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  }
}
