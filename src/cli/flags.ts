import { Option } from "clipanion";
import { flagName, type Given, type Setting, type Settings } from "./setting.ts";

/** clipanion options for a table of settings, keyed so that `givenFlags` finds their values on the command. */
export function flagOptions<Config>(settings: Settings<Config>): Record<string, unknown> {
  return Object.fromEntries(
    Object.values<Setting<unknown>>(settings).map((setting) => [fieldOf(setting), flagOption(setting)]),
  );
}

/** The texts that the command line gave for each setting. */
export function givenFlags<Config>(settings: Settings<Config>, command: object): Given {
  return Object.fromEntries(
    Object.values<Setting<unknown>>(settings).map((setting) => [
      setting.flag,
      textsOf((command as Record<string, unknown>)[fieldOf(setting)]),
    ]),
  );
}

function flagOption(setting: Setting<unknown>): unknown {
  const name = flagName(setting);
  // `--flag` and `--flag=false`, as Kubernetes' own programs take them.
  if (setting.isSwitch === true) return Option.String(name, { tolerateBoolean: true });
  return setting.repeatable === true ? Option.Array(name) : Option.String(name);
}

function fieldOf({ flag }: Setting<unknown>): string {
  return `flag ${flag}`;
}

function textsOf(value: unknown): readonly string[] | undefined {
  if (typeof value === "boolean") return [String(value)];
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? (value as string[]) : undefined;
}
