import { checkServerConfig } from "#server/check-config.ts";
import type { ServerConfig } from "#server/config.ts";
import { ConfigCommand, configFlags } from "./config-command.ts";
import { serverSettings } from "./server-settings.ts";

/** What the help of such a command shows of its flags. */
export const SERVER_FLAGS = configFlags(serverSettings);

/** A command that takes the settings of a server from flags, environment and config file. */
export abstract class ServerConfigCommand extends ConfigCommand<ServerConfig> {
  constructor() {
    super(serverSettings);
  }

  protected override check(config: ServerConfig): readonly string[] {
    return checkServerConfig(config);
  }
}
