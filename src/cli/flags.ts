import { type CommandClass, Option } from "clipanion";
import type { CliContext } from "./context.ts";
import { flagName, type Given, type Setting, type Settings } from "./setting.ts";

/** clipanion options for a table of settings, as fields of a command with the names of their flags. */
export function flagOptions<Config>(settings: Settings<Config>): Record<string, unknown> {
  return Object.fromEntries(
    Object.values<Setting<unknown>>(settings).map((setting) => [flagName(setting), flagOption(setting)]),
  );
}

/**
 * A command that knows no flags of settings but these. What clipanion makes of the flags of a command grows with the third
 * power of their number: for all of a server's it takes longer than any other part of its start.
 */
export function withFlags(
  command: CommandClass<CliContext>,
  names: readonly string[],
): CommandClass<CliContext> {
  return new Proxy(command, {
    construct(target) {
      const made = new target();
      for (const field of Object.keys(made)) {
        if (field.startsWith("-") && !names.includes(field)) Reflect.deleteProperty(made, field);
      }
      return made;
    },
  });
}

/** The texts that the command line gave for each setting. */
export function givenFlags<Config>(settings: Settings<Config>, command: object): Given {
  return Object.fromEntries(
    Object.values<Setting<unknown>>(settings).map((setting) => [
      setting.flag,
      textsOf((command as Record<string, unknown>)[flagName(setting)]),
    ]),
  );
}

function flagOption(setting: Setting<unknown>): unknown {
  const name = flagName(setting);
  // `--flag` and `--flag=false`, as Kubernetes' own programs take them.
  if (setting.isSwitch === true) return Option.String(name, { tolerateBoolean: true });
  return setting.repeatable === true ? Option.Array(name) : Option.String(name);
}

function textsOf(value: unknown): readonly string[] | undefined {
  if (typeof value === "boolean") return [String(value)];
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? (value as string[]) : undefined;
}
