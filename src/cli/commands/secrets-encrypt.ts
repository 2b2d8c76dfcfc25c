import { Command, Option } from "clipanion";
import { StartupError } from "#base/startup-error.ts";
import { ADMIN_KUBECONFIG, askServer } from "#server/ask-server.ts";
import { ENCRYPTION_ACTIONS, ENCRYPTION_PATH, type EncryptionStatus } from "#server/encryption-route.ts";
import type { CliContext } from "../context.ts";
import type { CommandHelp } from "../help.ts";
import { reportFailure } from "../report-failure.ts";

const ACTIONS = ["status", ...ENCRYPTION_ACTIONS];

export class SecretsEncryptCommand extends Command<CliContext> {
  static override paths = [["secrets-encrypt"]];
  static help: CommandHelp = {
    path: "secrets-encrypt",
    summary: "see and change how Secrets are encrypted on the disk",
    details: `Says what to do: ${ACTIONS.join(", ")}. The server must run. What is on the disk already is
written anew behind the change, with its history; "status" tells when that is done.`,
    flags: [
      {
        name: "--kubeconfig FILE",
        text: `the administrator's kubeconfig (default ${ADMIN_KUBECONFIG})`,
      },
    ],
  };

  readonly action = Option.String({ required: false });
  readonly kubeconfig = Option.String("--kubeconfig", ADMIN_KUBECONFIG);

  override execute(): Promise<number> {
    return reportFailure(this.context, async () => {
      const { action = "status" } = this;
      if (!ACTIONS.includes(action)) {
        throw new StartupError(`Unknown action "${action}": give one of ${ACTIONS.join(", ")}`);
      }
      const change = action === "status" ? undefined : { action };
      const status = await askServer(this.kubeconfig, ENCRYPTION_PATH, change);
      this.context.stdout.write(formatEncryptionStatus(status as EncryptionStatus));
    });
  }
}

export function formatEncryptionStatus({ enabled, activeKey, retiring }: EncryptionStatus): string {
  return [
    `Encryption of Secrets: ${enabled ? "enabled" : "disabled"}`,
    `Active key: ${activeKey ?? "none"}`,
    `On the disk: ${retiring.length === 0 ? "all written so" : `being written anew, from ${retiring.join(", ")}`}`,
    "",
  ].join("\n");
}
