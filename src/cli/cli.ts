import { Cli, UsageError } from "clipanion";
import { AgentCommand } from "./commands/agent.ts";
import { CleanupCommand } from "./commands/cleanup.ts";
import { SecretsEncryptCommand } from "./commands/secrets-encrypt.ts";
import { ServerCommand } from "./commands/server.ts";
import { VersionCommand } from "./commands/version.ts";
import type { CliContext } from "./context.ts";
import { type CommandHelp, formatCommandHelp, formatOverview } from "./help.ts";

/** Every command; each says itself what help shows of it. */
const COMMANDS = [ServerCommand, AgentCommand, SecretsEncryptCommand, CleanupCommand, VersionCommand];

/** Runs one command line and returns its exit code. A mistake in it is one line on stderr. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  const help = findHelp(argv);
  if (help !== undefined) {
    context.stdout.write(help);
    return 0;
  }
  const cli = new Cli<CliContext>({ binaryName: "kubelith" });
  for (const command of COMMANDS) cli.register(command);
  const mistake = findMistake(cli, argv, context);
  if (mistake === undefined) return cli.run([...argv], context);
  context.stderr.write(`kubelith: ${mistake}\n`);
  return 1;
}

function findHelp([word, ...rest]: readonly string[]): string | undefined {
  if (word === undefined || isHelpFlag(word)) return formatOverview(COMMANDS.map(({ help }) => help));
  const command = COMMANDS.find(({ help }) => help.path === word);
  return command !== undefined && rest.some(isHelpFlag) ? formatCommandHelp(command.help) : undefined;
}

function isHelpFlag(word: string): boolean {
  return word === "--help" || word === "-h";
}

function findMistake(cli: Cli<CliContext>, argv: readonly string[], context: CliContext): string | undefined {
  const [word = "", ...rest] = argv;
  const command = COMMANDS.find(({ paths }) => paths.some(([first]) => first === word));
  if (command === undefined) return `Unknown command "${word}": see "kubelith --help"`;
  const unknown = findUnknownFlag(command.help, rest);
  if (unknown !== undefined) return `Unknown flag "${unknown}": see "kubelith ${word} --help"`;
  try {
    cli.process([...argv], context);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // Behind the first line stand all candidates with their usage.
    const [first = ""] = error.message.split("\n");
    return error instanceof UsageError ? first : `${first.replace(/\.$/, "")}: see "kubelith ${word} --help"`;
  }
}

/** clipanion names an unknown flag only when it is the first of all. */
function findUnknownFlag({ flags }: CommandHelp, words: readonly string[]): string | undefined {
  const known = new Set(flags.map(({ name }) => nameOf(name, " ")));
  return words
    .filter((word) => word.startsWith("-"))
    .map((word) => nameOf(word, "="))
    .find((name) => !known.has(name));
}

function nameOf(flag: string, end: string): string {
  return flag.split(end)[0] ?? flag;
}
