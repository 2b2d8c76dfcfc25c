import { formatTime } from "#apimachinery/time.ts";
import { systemClock } from "#base/clock.ts";
import { formatColumns } from "#base/columns.ts";
import { StartupError } from "#base/startup-error.ts";
import type { CheckedCertificate } from "#pki/check-certificates.ts";
import { checkHostCertificates } from "#server/host-certificates.ts";
import { type CertificateCheckConfig, certificateCheckSettings } from "../certificate-settings.ts";
import { type CommandHelp, settingRows } from "../help.ts";
import { SettingsCommand } from "../settings-command.ts";

const HEADER = ["CERTIFICATE", "EXPIRES", "DAYS LEFT", "AUTHORITY", "PROBLEM"];
const DAY_MS = 86_400_000;

export class CertificateCheckCommand extends SettingsCommand<CertificateCheckConfig> {
  static override paths = [["certificate", "check"]];
  static help: CommandHelp = {
    path: "certificate check",
    summary: "show the certificates of this host and until when they are good",
    details: "Ends with code 1 when one of them cannot be used.",
    flags: settingRows(certificateCheckSettings),
  };

  constructor() {
    super(certificateCheckSettings);
  }

  protected override async run({ dataDir }: CertificateCheckConfig): Promise<void> {
    const now = systemClock.now();
    const checked = await checkHostCertificates(dataDir, now);
    this.context.stdout.write(formatColumns([HEADER, ...checked.map((each) => cellsOf(each, now))]));
    const broken = checked.filter(({ usable }) => !usable).map(({ name }) => name);
    if (broken.length > 0) throw new StartupError(`Certificates that cannot be used: ${broken.join(", ")}`);
  }
}

function cellsOf({ name, authority, notAfter, problem }: CheckedCertificate, now: number): string[] {
  return [
    name,
    notAfter === undefined ? "<unknown>" : formatTime(notAfter),
    notAfter === undefined ? "<unknown>" : String(Math.floor((notAfter - now) / DAY_MS)),
    authority,
    problem ?? "<none>",
  ];
}
