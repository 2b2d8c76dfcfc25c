import { Option } from "clipanion";
import { type BootstrapTokenParts, parseBootstrapToken } from "#api/core/v1/bootstrap-token.ts";
import { systemClock } from "#base/clock.ts";
import { StartupError } from "#base/startup-error.ts";
import { formatJoinToken, hashAuthority } from "#join/join-token.ts";
import { newBootstrapToken } from "#join/tokens/bootstrap-token-secrets.ts";
import { inTokenCluster } from "#join/tokens/token-cluster.ts";
import { type CommandHelp, settingRows } from "../help.ts";
import { SettingsCommand } from "../settings-command.ts";
import { type TokenCreateConfig, tokenCreateSettings } from "../token-settings.ts";

export class TokenCreateCommand extends SettingsCommand<TokenCreateConfig> {
  static override paths = [["token", "create"]];
  static help: CommandHelp = {
    path: "token create",
    argument: "[TOKEN]",
    summary: "make a token that lets hosts join for a while",
    details: `Prints it; the cluster shows it to nobody later. TOKEN is what it shall be, such as
abcdef.0123456789abcdef.`,
    flags: settingRows(tokenCreateSettings),
  };

  readonly token = Option.String({ required: false });

  constructor() {
    super(tokenCreateSettings);
  }

  protected override async run({ kubeconfig, ttlMs, ...rest }: TokenCreateConfig): Promise<void> {
    const clock = systemClock;
    const parts = this.token === undefined ? newBootstrapToken() : partsOf(this.token);
    const expiresAt = ttlMs === 0 ? undefined : clock.now() + ttlMs;
    await inTokenCluster(kubeconfig, { clock }, async ({ tokens, authority }) => {
      await tokens.create({ ...parts, ...rest, expiresAt });
      const authorityHash = authority === undefined ? undefined : hashAuthority(authority);
      const secret = `${parts.id}.${parts.secret}`;
      this.context.stdout.write(`${formatJoinToken({ authorityHash, user: "bootstrap", secret })}\n`);
    });
  }
}

function partsOf(text: string): BootstrapTokenParts {
  const parts = parseBootstrapToken(text);
  if (parts !== undefined) return parts;
  throw new StartupError(
    `Invalid token "${text}": must be 6 and 16 lower case letters and digits with a dot between, such as abcdef.0123456789abcdef`,
  );
}
