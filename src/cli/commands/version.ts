import { Command } from "clipanion";
import { buildVersion } from "#base/version.ts";
import type { CliContext } from "../context.ts";

export class VersionCommand extends Command<CliContext> {
  static override paths = [["--version"], ["version"]];
  static override usage = Command.Usage({ description: "print the version" });

  override execute(): Promise<number> {
    const { kubelith, kubernetes, commit, bun } = buildVersion;
    this.context.stdout.write(
      `kubelith ${kubelith} (commit ${commit})\nkubernetes ${kubernetes}\nbun ${bun}\n`,
    );
    return Promise.resolve(0);
  }
}
