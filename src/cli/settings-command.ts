import { Command } from "clipanion";
import { StartupError } from "#base/startup-error.ts";
import type { CliContext } from "./context.ts";
import { flagOptions, givenFlags } from "./flags.ts";
import { reportFailure } from "./report-failure.ts";
import { type Given, resolveSettings, type Settings } from "./setting.ts";

/** A command that takes its settings from flags and environment. */
export abstract class SettingsCommand<Config> extends Command<CliContext> {
  readonly #settings: Settings<Config>;

  constructor(settings: Settings<Config>) {
    super();
    this.#settings = settings;
    Object.assign(this, flagOptions(settings));
  }

  /** What settings that are valid by themselves contradict, as lines that name the flags. */
  protected check(_config: Config): readonly string[] {
    return [];
  }

  /** What a file says of the settings. */
  protected readFile(): Promise<Given> {
    return Promise.resolve({});
  }

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
      file: await this.readFile(),
    };
    const { config, problems } = resolveSettings(this.#settings, sources, machine);
    const [problem] = problems.length > 0 ? problems : this.check(config);
    if (problem !== undefined) throw new StartupError(problem);
    return config;
  }
}
