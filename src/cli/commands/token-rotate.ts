import { join } from "node:path";
import { rotateServerToken } from "#join/tokens/rotate-server-token.ts";
import { type CommandHelp, settingRows } from "../help.ts";
import { SettingsCommand } from "../settings-command.ts";
import { type TokenRotateConfig, tokenRotateSettings } from "../token-settings.ts";

export class TokenRotateCommand extends SettingsCommand<TokenRotateConfig> {
  static override paths = [["token", "rotate"]];
  static help: CommandHelp = {
    path: "token rotate",
    summary: "give this host's server another token of its own",
    details: `Prints it. The old one lets nobody in from now on, also while the server runs; nodes that joined
with it stay. A server with the setting token takes that again when it starts.`,
    flags: settingRows(tokenRotateSettings),
  };

  constructor() {
    super(tokenRotateSettings);
  }

  protected override async run({ dataDir, newToken }: TokenRotateConfig): Promise<void> {
    const token = await rotateServerToken(join(dataDir, "server"), newToken === "" ? undefined : newToken);
    this.context.stdout.write(`${token}\n`);
  }
}
