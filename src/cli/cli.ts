import { type BaseContext, Builtins, Cli } from "clipanion";
import { StartupError } from "#base/startup-error.ts";
import { buildVersion } from "#base/version.ts";
import { ServerCommand } from "./commands/server.ts";
import { VersionCommand } from "./commands/version.ts";
import type { CliContext } from "./context.ts";

const COMMANDS = [ServerCommand, VersionCommand];

/**
 * Runs one command line and returns its exit code. Mistakes of the user and failures to start are one line on
 * stderr; anything else is a bug and keeps its stack.
 */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  const cli = new Cli<CliContext>({
    binaryLabel: "Kubelith, a complete Kubernetes in one executable",
    binaryName: "kubelith",
    binaryVersion: buildVersion.kubelith,
  });
  cli.register(Builtins.HelpCommand);
  for (const command of COMMANDS) cli.register(command);
  try {
    const command = cli.process([...argv], context);
    if (command.help) {
      context.stdout.write(cli.usage(command, { detailed: true }));
      return 0;
    }
    return (await command.validateAndExecute()) ?? 0;
  } catch (error) {
    context.stderr.write(`kubelith: ${describeFailure(error)}\n`);
    return 1;
  }
}

function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof StartupError) return error.message;
  if ("clipanion" in error) return describeSyntax(error);
  return error.stack ?? error.message;
}

/** clipanion's syntax errors end in a list of candidates; the first line says what is wrong. */
function describeSyntax(error: Error): string {
  const [first = ""] = error.message.split("\n");
  return `${first.replace(/\.$/, "")}: see "kubelith --help"`;
}
