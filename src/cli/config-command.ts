import { Command, Option } from "clipanion";
import { StartupError } from "#base/startup-error.ts";
import { DEFAULT_CONFIG_FILE, readConfigFile } from "./config-file.ts";
import type { CliContext } from "./context.ts";
import { flagOptions, givenFlags } from "./flags.ts";
import { settingRows } from "./help.ts";
import { reportFailure } from "./report-failure.ts";
import { resolveSettings, type Settings } from "./setting.ts";

/** What the help of a command with settings shows of its flags. */
export function configFlags<Config>(settings: Settings<Config>) {
  return [
    { name: "--config FILE", text: `file with settings (default ${DEFAULT_CONFIG_FILE})` },
    ...settingRows(settings),
  ];
}

/** A command that takes its settings from flags, environment and config file. */
export abstract class ConfigCommand<Config> extends Command<CliContext> {
  readonly config = Option.String("--config", DEFAULT_CONFIG_FILE);
  readonly #settings: Settings<Config>;

  constructor(settings: Settings<Config>) {
    super();
    this.#settings = settings;
    Object.assign(this, flagOptions(settings));
  }

  /** What settings that are valid by themselves contradict, as lines that name the flags. */
  protected abstract check(config: Config): readonly string[];

  /** The command itself. Rejects with a StartupError for what the operator must change. */
  protected abstract run(config: Config): Promise<void>;

  override execute(): Promise<number> {
    return reportFailure(this.context, async () => {
      await this.run(await this.#readConfig());
    });
  }

  async #readConfig(): Promise<Config> {
    const { env, machine } = this.context;
    const sources = {
      command: this.path.join(" "),
      flags: givenFlags(this.#settings, this),
      environment: env,
      file: await readConfigFile(this.config),
    };
    const { config, problems } = resolveSettings(this.#settings, sources, machine);
    const [problem] = problems.length > 0 ? problems : this.check(config);
    if (problem !== undefined) throw new StartupError(problem);
    return config;
  }
}
