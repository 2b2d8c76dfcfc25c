import { Option } from "clipanion";
import { DEFAULT_CONFIG_FILE, readConfigFile } from "./config-file.ts";
import { settingRows } from "./help.ts";
import type { Given, Settings } from "./setting.ts";
import { SettingsCommand } from "./settings-command.ts";

/** What the help of a command with a config file shows of its flags. */
export function configFlags<Config>(settings: Settings<Config>) {
  return [
    { name: "--config FILE", text: `file with settings (default ${DEFAULT_CONFIG_FILE})` },
    ...settingRows(settings),
  ];
}

/** A command that takes its settings from flags, environment and config file. */
export abstract class ConfigCommand<Config> extends SettingsCommand<Config> {
  readonly config = Option.String("--config", DEFAULT_CONFIG_FILE);

  protected override readFile(): Promise<Given> {
    return readConfigFile(this.config);
  }
}
