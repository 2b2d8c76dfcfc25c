import { Command } from "clipanion";
import { buildVersion } from "#base/version.ts";
import type { CliContext } from "../context.ts";
import type { CommandHelp } from "../help.ts";

export class VersionCommand extends Command<CliContext> {
  static override paths = [["--version"], ["version"]];
  static help: CommandHelp = {
    path: "version",
    summary: "print the versions of kubelith and of its parts",
    flags: [],
  };

  override execute(): Promise<number> {
    const { kubelith, kubernetes, commit, bun } = buildVersion;
    this.context.stdout.write(
      `kubelith ${kubelith} (commit ${commit})\nkubernetes ${kubernetes}\nbun ${bun}\n`,
    );
    return Promise.resolve(0);
  }
}
