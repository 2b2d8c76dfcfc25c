import { rotateServerCertificates } from "#server/host-certificates.ts";
import { type CertificateRotateConfig, certificateRotateSettings } from "../certificate-settings.ts";
import { type CommandHelp, settingRows } from "../help.ts";
import { SettingsCommand } from "../settings-command.ts";
import { tellServer } from "../tell-server.ts";

export class CertificateRotateCommand extends SettingsCommand<CertificateRotateConfig> {
  static override paths = [["certificate", "rotate"]];
  static help: CommandHelp = {
    path: "certificate rotate",
    summary: "issue the certificates of this host's server anew, with new keys",
    details: `The authorities stay, so that everybody goes on trusting the server. One that runs goes over to the
new ones at once; one that cannot be told does so within the hour, or when it starts.`,
    flags: settingRows(certificateRotateSettings),
  };

  constructor() {
    super(certificateRotateSettings);
  }

  protected override async run({ dataDir, kubeconfig }: CertificateRotateConfig): Promise<void> {
    const names = await rotateServerCertificates(dataDir);
    this.context.stdout.write(`Issued ${names.join(", ")}\n`);
    this.context.stdout.write(`${await tellServer(kubeconfig)}\n`);
  }
}
