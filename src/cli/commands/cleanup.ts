import { cleanUpServer } from "#server/clean-up.ts";
import type { ServerConfig } from "#server/config.ts";
import type { CommandHelp } from "../help.ts";
import { SERVER_FLAGS, ServerConfigCommand } from "../server-config-command.ts";

export class CleanupCommand extends ServerConfigCommand {
  static override paths = [["cleanup"]];
  static help: CommandHelp = {
    path: "cleanup",
    summary: "stop the pods of a stopped server or agent and remove what they use of this host",
    details: `Stopping a server or an agent leaves its pods running. This stops them and removes their containers, mounts,
network and packet rules. The data directory stays, so a server that starts again runs the same pods anew.
Give it the settings that it ran with.`,
    flags: SERVER_FLAGS,
  };

  protected override run(config: ServerConfig): Promise<void> {
    return cleanUpServer(config);
  }
}
