import { join } from "node:path";
import { StartupError } from "#base/startup-error.ts";
import { askServer } from "#server/ask-server.ts";
import { CERTIFICATES_PATH, type CertificateFollowers } from "#server/certificate-route.ts";
import { finishServerAuthorities, replaceServerAuthorities } from "#server/host-certificates.ts";
import { type CertificateRotateCaConfig, certificateRotateCaSettings } from "../certificate-settings.ts";
import { type CommandHelp, settingRows } from "../help.ts";
import { SettingsCommand } from "../settings-command.ts";
import { tellServer } from "../tell-server.ts";

export class CertificateRotateCaCommand extends SettingsCommand<CertificateRotateCaConfig> {
  static override paths = [["certificate", "rotate-ca"]];
  static help: CommandHelp = {
    path: "certificate rotate-ca",
    summary: "put other authorities in the place of those of this host's server",
    details: `All certificates are issued anew under them, by a server that runs at once. The authorities before are
trusted until this is called with --finish: nodes go over by themselves meanwhile, and kubeconfigs that
were copied must be copied again. Tokens for joining have another hash from now on.`,
    flags: settingRows(certificateRotateCaSettings),
  };

  constructor() {
    super(certificateRotateCaSettings);
  }

  protected override async run(config: CertificateRotateCaConfig): Promise<void> {
    await (config.finish ? this.#finish(config) : this.#replace(config));
    this.context.stdout.write(`${await tellServer(config.kubeconfig)}\n`);
  }

  async #replace({ dataDir, path, force }: CertificateRotateCaConfig): Promise<void> {
    const names = await replaceServerAuthorities(dataDir, { force, ...(path !== "" && { from: path }) });
    this.context.stdout.write(
      `Replaced ${names.join(", ")}; the ones before are trusted until "kubelith certificate rotate-ca --finish"
The token for joining is in ${join(dataDir, "server", "token")} when the server has gone over to them
`,
    );
  }

  async #finish({ dataDir, kubeconfig, force }: CertificateRotateCaConfig): Promise<void> {
    if (!force) await checkNodes(kubeconfig);
    const names = await finishServerAuthorities(dataDir);
    this.context.stdout.write(`The authorities before are not trusted any more: ${names.join(", ")}\n`);
  }
}

async function checkNodes(kubeconfig: string): Promise<void> {
  const { nodesBehind } = (await askServer(kubeconfig, CERTIFICATES_PATH)) as CertificateFollowers;
  if (nodesBehind.length === 0) return;
  throw new StartupError(
    `These nodes do not have certificates of the new authorities yet, or cannot be asked: ${nodesBehind.join(", ")}; wait for them, or give --force and let them join again`,
  );
}
