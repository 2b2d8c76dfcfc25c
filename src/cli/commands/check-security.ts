import { Option } from "clipanion";
import { formatColumns } from "#base/columns.ts";
import { StartupError } from "#base/startup-error.ts";
import type { ServerConfig } from "#server/config.ts";
import { checkSecurity } from "#server/security/check-security.ts";
import type { Finding } from "#server/security/finding.ts";
import type { CommandHelp } from "../help.ts";
import { SERVER_FLAGS, ServerConfigCommand } from "../server-config-command.ts";

export class CheckSecurityCommand extends ServerConfigCommand {
  static override paths = [["check-security"]];
  static help: CommandHelp = {
    path: "check-security",
    summary: "compare this host and its server with the CIS Kubernetes Benchmark",
    details: `Looks at the files of the server that these settings are for, and asks it when it runs. Changes
nothing. What the benchmark leaves to people to judge is a warning. Ends with code 1 when a check fails.`,
    flags: [{ name: "--output FORMAT", text: `text or json (default text)` }, ...SERVER_FLAGS],
  };

  readonly output = Option.String("--output", "text");

  protected override async run(config: ServerConfig): Promise<void> {
    const { output, config: configFile } = this;
    if (output !== "text" && output !== "json") {
      throw new StartupError(`Unknown output "${output}": give one of text, json`);
    }
    const findings = await checkSecurity({ ...config, configFile });
    this.context.stdout.write(
      output === "json" ? `${JSON.stringify(findings, undefined, 2)}\n` : formatFindings(findings),
    );
    const failures = findings.filter(({ result }) => result === "fail").length;
    if (failures > 0)
      throw new StartupError(`Checks that fail: ${String(failures)} of ${String(findings.length)}`);
  }
}

/** A line for each check, and below what is no pass why and what mends it. */
export function formatFindings(findings: readonly Finding[]): string {
  const lines = formatColumns(findings.map(({ result, point, subject }) => [result, point, subject]))
    .trimEnd()
    .split("\n");
  return findings
    .map(({ reason, remedy }, index) => {
      const line = `${lines[index] ?? ""}\n`;
      const why = reason === undefined ? "" : `       why: ${reason}\n`;
      return `${line}${why}${remedy === undefined ? "" : `       remedy: ${remedy}\n`}`;
    })
    .join("");
}
