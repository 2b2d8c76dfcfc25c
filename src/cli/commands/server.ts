import { Command, Option } from "clipanion";
import { StartupError } from "#base/startup-error.ts";
import { checkServerConfig } from "#server/check-config.ts";
import type { ServerConfig } from "#server/config.ts";
import { runServer } from "#server/server.ts";
import { DEFAULT_CONFIG_FILE, readConfigFile } from "../config-file.ts";
import type { CliContext } from "../context.ts";
import { flagOptions, givenFlags } from "../flags.ts";
import { type CommandHelp, settingRows } from "../help.ts";
import { reportFailure } from "../report-failure.ts";
import { serverSettings } from "../server-settings.ts";
import { resolveSettings } from "../setting.ts";

export class ServerCommand extends Command<CliContext> {
  static override paths = [["server"]];
  static help: CommandHelp = {
    path: "server",
    summary: "run a cluster on this host",
    details: `Runs the API server, its store, the scheduler, the controllers and, unless
--disable-agent is given, the kubelet, service proxy, pod network and cluster DNS of this host. Every
flag can also be given in the environment, or in the config file under its name without dashes.`,
    flags: [
      { name: "--config FILE", text: `file with settings (default ${DEFAULT_CONFIG_FILE})` },
      ...settingRows(serverSettings),
    ],
  };

  readonly config = Option.String("--config", DEFAULT_CONFIG_FILE);

  constructor() {
    super();
    Object.assign(this, flagOptions(serverSettings));
  }

  override execute(): Promise<number> {
    return reportFailure(this.context, async () => {
      await runServer(await this.#readConfig(), this.context.signal);
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
