import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { type FieldError, formatFieldError } from "#apimachinery/field-error.ts";
import { parsePodSecurity } from "../plugins/pod-security/parse-configuration.ts";
import { type AdmissionConfiguration, DEFAULT_CONFIGURATION } from "./admission-configuration.ts";
import { type NamedPlugin, parseAdmissionConfiguration } from "./parse-admission-configuration.ts";

/** The configuration in a file of YAML or JSON; a text says in one line why it cannot be used. */
export async function readAdmissionConfiguration(file: string): Promise<AdmissionConfiguration | string> {
  try {
    const parsed = parseAdmissionConfiguration(await readYaml(file));
    if ("errors" in parsed) return describe(parsed.errors);
    const podSecurity = parsed.plugins.find(({ name }) => name === "PodSecurity");
    if (podSecurity === undefined) return DEFAULT_CONFIGURATION;
    const configured = parsePodSecurity(await documentOf(podSecurity, dirname(file)));
    return "errors" in configured ? describe(configured.errors) : { podSecurity: configured };
  } catch (error) {
    return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  }
}

/** In the configuration itself, or in a file beside it. */
async function documentOf({ configuration, path }: NamedPlugin, directory: string): Promise<unknown> {
  return configuration ?? (path === undefined ? {} : await readYaml(resolve(directory, path)));
}

async function readYaml(file: string): Promise<unknown> {
  return parse(await readFile(file, "utf8"));
}

function describe(errors: readonly FieldError[]): string {
  return errors.map(formatFieldError).join("; ");
}
