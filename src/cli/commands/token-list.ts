import { systemClock } from "#base/clock.ts";
import { formatTokens } from "#join/tokens/format-tokens.ts";
import { inTokenCluster } from "#join/tokens/token-cluster.ts";
import { type CommandHelp, settingRows } from "../help.ts";
import { SettingsCommand } from "../settings-command.ts";
import { type ClusterAccessConfig, clusterAccessSettings } from "../token-settings.ts";

export class TokenListCommand extends SettingsCommand<ClusterAccessConfig> {
  static override paths = [["token", "list"]];
  static help: CommandHelp = {
    path: "token list",
    summary: "show the tokens that token create has made",
    flags: settingRows(clusterAccessSettings),
  };

  constructor() {
    super(clusterAccessSettings);
  }

  protected override async run({ kubeconfig }: ClusterAccessConfig): Promise<void> {
    const clock = systemClock;
    await inTokenCluster(kubeconfig, { clock }, async ({ tokens }) => {
      this.context.stdout.write(formatTokens(await tokens.list(), clock.now()));
    });
  }
}
