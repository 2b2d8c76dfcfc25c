import { StartupError } from "#base/startup-error.ts";
import {
  finishServerAccountKey,
  rotateServerAccountKey,
  rotateServerCertificates,
} from "#server/host-certificates.ts";
import { secretsBehind } from "#server/secrets-behind.ts";
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
new ones at once; one that cannot be told does so within the hour, or when it starts.

With --service-account-key another key signs the tokens of service accounts from now on. Those of the one
before are good until this is called with --finish, too: pods get new ones by themselves meanwhile.`,
    flags: settingRows(certificateRotateSettings),
  };

  constructor() {
    super(certificateRotateSettings);
  }

  protected override check({ serviceAccountKey, finish, force }: CertificateRotateConfig): readonly string[] {
    if (finish && !serviceAccountKey) return ["The flag --finish is for --service-account-key: give both"];
    return force && !finish ? ["The flag --force is for --finish: give both"] : [];
  }

  protected override async run(config: CertificateRotateConfig): Promise<void> {
    this.context.stdout.write(`${await rotate(config)}\n`);
    this.context.stdout.write(`${await tellServer(config.kubeconfig)}\n`);
  }
}

/** Gives a sentence on what has been done. */
async function rotate(config: CertificateRotateConfig): Promise<string> {
  const { dataDir, serviceAccountKey, finish, force } = config;
  if (!serviceAccountKey) return `Issued ${(await rotateServerCertificates(dataDir)).join(", ")}`;
  if (finish) {
    if (!force) await checkSecrets(config);
    await finishServerAccountKey(dataDir, force);
    return "Tokens of the key before are not good any more";
  }
  await rotateServerAccountKey(dataDir);
  return 'Another key signs tokens; those of the one before are good until "kubelith certificate rotate --service-account-key --finish"';
}

async function checkSecrets({ kubeconfig, dataDir }: CertificateRotateConfig): Promise<void> {
  const behind = await secretsBehind(kubeconfig, dataDir);
  if (behind.length === 0) return;
  throw new StartupError(
    `These Secrets have tokens of the key before: ${behind.join(", ")}; create them anew, or give --force`,
  );
}
