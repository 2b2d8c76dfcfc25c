import { Command, Option } from "clipanion";
import { StartupError } from "#base/startup-error.ts";
import { checkServerConfig } from "#server/check-config.ts";
import type { ServerConfig } from "#server/config.ts";
import { DEFAULT_CONFIG_FILE, readConfigFile } from "./config-file.ts";
import type { CliContext } from "./context.ts";
import { flagOptions, givenFlags } from "./flags.ts";
import { settingRows } from "./help.ts";
import { reportFailure } from "./report-failure.ts";
import { serverSettings } from "./server-settings.ts";
import { resolveSettings } from "./setting.ts";

/** What the help of such a command shows of its flags. */
export const SERVER_FLAGS = [
  { name: "--config FILE", text: `file with settings (default ${DEFAULT_CONFIG_FILE})` },
  ...settingRows(serverSettings),
];

/** A command that takes the settings of a server from flags, environment and config file. */
export abstract class ServerConfigCommand extends Command<CliContext> {
  readonly config = Option.String("--config", DEFAULT_CONFIG_FILE);

  constructor() {
    super();
    Object.assign(this, flagOptions(serverSettings));
  }

  /** The command itself. Rejects with a StartupError for what the operator must change. */
  protected abstract run(config: ServerConfig): Promise<void>;

  override execute(): Promise<number> {
    return reportFailure(this.context, async () => {
      await this.run(await this.#readConfig());
    });
  }

  async #readConfig(): Promise<ServerConfig> {
    const { env, machine } = this.context;
    const sources = {
      flags: givenFlags(serverSettings, this),
      environment: env,
      file: await readConfigFile(this.config),
    };
    const { config, problems } = resolveSettings(serverSettings, sources, machine);
    const [problem] = problems.length > 0 ? problems : checkServerConfig(config);
    if (problem !== undefined) throw new StartupError(problem);
    return config;
  }
}
