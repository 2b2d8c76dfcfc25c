import { Option } from "clipanion";
import { parseBootstrapToken } from "#api/core/v1/bootstrap-token.ts";
import { systemClock } from "#base/clock.ts";
import { inTokenCluster } from "#join/tokens/token-cluster.ts";
import { type CommandHelp, settingRows } from "../help.ts";
import { SettingsCommand } from "../settings-command.ts";
import { type ClusterAccessConfig, clusterAccessSettings } from "../token-settings.ts";

export class TokenDeleteCommand extends SettingsCommand<ClusterAccessConfig> {
  static override paths = [["token", "delete"]];
  static help: CommandHelp = {
    path: "token delete",
    argument: "TOKEN...",
    summary: "make tokens useless that token create has made",
    details:
      "Each is named by its id, the six characters before the dot, or whole. Nodes that joined with it stay.",
    flags: settingRows(clusterAccessSettings),
  };

  readonly tokens = Option.Rest({ required: 1 });

  constructor() {
    super(clusterAccessSettings);
  }

  protected override async run({ kubeconfig }: ClusterAccessConfig): Promise<void> {
    await inTokenCluster(kubeconfig, { clock: systemClock }, async ({ tokens }) => {
      for (const text of this.tokens) {
        const id = parseBootstrapToken(text.split("::").at(-1) ?? text)?.id ?? text;
        await tokens.delete(id);
        this.context.stdout.write(`bootstrap token "${id}" deleted\n`);
      }
    });
  }
}
