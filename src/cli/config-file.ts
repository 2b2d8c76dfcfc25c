import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { StartupError } from "#base/startup-error.ts";
import type { Given } from "./setting.ts";

/** Where the config file is when `--config` is not given; it need not exist there. */
export const DEFAULT_CONFIG_FILE = "/etc/kubelith/config.yaml";

/** Reads settings from a YAML file whose keys are flag names. A missing default file has no settings. */
export async function readConfigFile(path: string): Promise<Given> {
  const text = await readText(path);
  return text === undefined ? {} : parseConfigFile(text, path);
}

/** Throws a StartupError unless the text is a YAML mapping of scalars and lists of scalars. */
export function parseConfigFile(text: string, path: string): Given {
  const document = parseYaml(text, path);
  if (document === null) return {};
  if (typeof document !== "object" || Array.isArray(document)) {
    throw new StartupError(`Cannot use config file "${path}": it must be a mapping of settings`);
  }
  return Object.fromEntries(Object.entries(document).map(([key, value]) => [key, textsOf(key, value, path)]));
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && path === DEFAULT_CONFIG_FILE) return undefined;
    throw new StartupError(`Cannot read config file "${path}": ${message}`, { cause: error });
  }
}

function parseYaml(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    // Besides errors of its own, the library throws others for aliases and for what is nested too deeply.
    if (!(error instanceof Error)) throw error;
    const [first = ""] = error.message.split("\n");
    throw new StartupError(`Cannot parse config file "${path}": ${first.replace(/:$/, "")}`, {
      cause: error,
    });
  }
}

function textsOf(key: string, value: unknown, path: string): readonly string[] {
  const values = Array.isArray(value) ? (value as unknown[]) : [value];
  return values.map((each) => {
    if (typeof each === "string" || typeof each === "number" || typeof each === "boolean")
      return String(each);
    throw new StartupError(`Cannot use config file "${path}": "${key}" must be a value or a list of values`);
  });
}
