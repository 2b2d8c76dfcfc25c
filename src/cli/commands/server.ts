import type { ServerConfig } from "#server/config.ts";
import { runServer } from "#server/server.ts";
import type { CommandHelp } from "../help.ts";
import { SERVER_FLAGS, ServerConfigCommand } from "../server-config-command.ts";

export class ServerCommand extends ServerConfigCommand {
  static override paths = [["server"]];
  static help: CommandHelp = {
    path: "server",
    summary: "run a cluster on this host",
    details: `Runs the API server, its store, the scheduler, the controllers and, unless
--disable-agent is given, the kubelet, service proxy, pod network and cluster DNS of this host. Every
flag can also be given in the environment, or in the config file under its name without dashes.`,
    flags: SERVER_FLAGS,
  };

  protected override run(config: ServerConfig): Promise<void> {
    return runServer(config, this.context.signal);
  }
}
