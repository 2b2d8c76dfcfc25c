import { Option } from "clipanion";
import type { Given, Setting, Settings } from "./setting.ts";
import { environmentName } from "./setting.ts";

/** clipanion options for a table of settings, keyed so that `givenFlags` finds their values on the command. */
export function flagOptions<Config>(settings: Settings<Config>): Record<string, unknown> {
  const entries = Object.values<Setting<unknown>>(settings).map((setting) => [
    fieldOf(setting),
    flagOption(setting),
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

/** The texts that the command line gave for each setting. */
export function givenFlags<Config>(settings: Settings<Config>, command: object): Given {
  const entries = Object.values<Setting<unknown>>(settings).map((setting) => [
    setting.flag,
    textsOf((command as Record<string, unknown>)[fieldOf(setting)]),
  ]);
  return Object.fromEntries(entries) as Given;
}

function flagOption(setting: Setting<unknown>): unknown {
  const names = setting.flag.length === 1 ? `-${setting.flag}` : `--${setting.flag}`;
  const description = `${setting.help}${defaultText(setting)} [$${environmentName(setting.flag)}]`;
  if (setting.isSwitch === true) return Option.Boolean(names, { description });
  return setting.repeatable === true
    ? Option.Array(names, { description })
    : Option.String(names, { description });
}

function defaultText({ fallback, fallbackHelp, isSwitch, repeatable }: Setting<unknown>): string {
  if (isSwitch === true || repeatable === true) return "";
  return ` (default ${fallbackHelp ?? String(fallback as string | number)})`;
}

function fieldOf({ flag }: Setting<unknown>): string {
  return `flag ${flag}`;
}

function textsOf(value: unknown): readonly string[] | undefined {
  if (typeof value === "boolean") return [String(value)];
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? (value as string[]) : undefined;
}
