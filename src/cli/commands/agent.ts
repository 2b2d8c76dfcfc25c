import type { AgentProcessConfig } from "#agent/config.ts";
import { runAgent } from "#agent/run-agent.ts";
import { agentSettings } from "../agent-settings.ts";
import { ConfigCommand, configFlags } from "../config-command.ts";
import type { CommandHelp } from "../help.ts";

export class AgentCommand extends ConfigCommand<AgentProcessConfig> {
  static override paths = [["agent"]];
  static help: CommandHelp = {
    path: "agent",
    summary: "make this host a node of a cluster that another host serves",
    details: `Runs the kubelet, service proxy, pod network and cluster DNS of this host. It joins with a
token of the server, which stands in <data-dir>/server/token there, and keeps what it is given, so that
later starts need none.`,
    flags: configFlags(agentSettings),
  };

  constructor() {
    super(agentSettings);
  }

  protected override check({ server }: AgentProcessConfig): readonly string[] {
    return server === ""
      ? ["No server to join: give one with --server, such as https://192.0.2.10:6443"]
      : [];
  }

  protected override run(config: AgentProcessConfig): Promise<void> {
    return runAgent(config, this.context.signal);
  }
}
