import { Cli, type Command, UsageError } from "clipanion";
import { AgentCommand } from "./commands/agent.ts";
import { CertificateCheckCommand } from "./commands/certificate-check.ts";
import { CertificateRotateCommand } from "./commands/certificate-rotate.ts";
import { CertificateRotateCaCommand } from "./commands/certificate-rotate-ca.ts";
import { CheckSecurityCommand } from "./commands/check-security.ts";
import { CleanupCommand } from "./commands/cleanup.ts";
import { SecretsEncryptCommand } from "./commands/secrets-encrypt.ts";
import { ServerCommand } from "./commands/server.ts";
import { TokenCreateCommand } from "./commands/token-create.ts";
import { TokenDeleteCommand } from "./commands/token-delete.ts";
import { TokenListCommand } from "./commands/token-list.ts";
import { TokenRotateCommand } from "./commands/token-rotate.ts";
import { VersionCommand } from "./commands/version.ts";
import type { CliContext } from "./context.ts";
import { withFlags } from "./flags.ts";
import { type CommandHelp, formatCommandHelp, formatOverview } from "./help.ts";

/** Every command; each says itself what help shows of it. */
const COMMANDS = [
  ServerCommand,
  AgentCommand,
  TokenCreateCommand,
  TokenListCommand,
  TokenDeleteCommand,
  TokenRotateCommand,
  SecretsEncryptCommand,
  CertificateCheckCommand,
  CertificateRotateCommand,
  CertificateRotateCaCommand,
  CheckSecurityCommand,
  CleanupCommand,
  VersionCommand,
];

/** Runs one command line and returns its exit code. A mistake in it is one line on stderr. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  const help = findHelp(argv);
  if (help !== undefined) {
    context.stdout.write(help);
    return 0;
  }
  const cli = new Cli<CliContext>({ binaryName: "kubelith" });
  const command = parseCommand(cli, argv, context);
  if (typeof command !== "string") return cli.run(command, context);
  context.stderr.write(`kubelith: ${command}\n`);
  return 1;
}

function findHelp(argv: readonly string[]): string | undefined {
  const [word] = argv;
  if (word === undefined || isHelpFlag(word)) return formatOverview(COMMANDS.map(({ help }) => help));
  if (!argv.some(isHelpFlag)) return undefined;
  const command = commandOf(argv);
  if (command !== undefined) return formatCommandHelp(command.help);
  const family = COMMANDS.map(({ help }) => help).filter(({ path }) => path.startsWith(`${word} `));
  return family.length > 0 ? formatOverview(family) : undefined;
}

/** The command whose words a line begins with. */
function commandOf(argv: readonly string[]) {
  return COMMANDS.find(({ paths }) =>
    paths.some((path) => path.every((word, index) => word === argv[index])),
  );
}

function isHelpFlag(word: string): boolean {
  return word === "--help" || word === "-h";
}

/** The command that a line asks for, or what is wrong with the line. */
function parseCommand(
  cli: Cli<CliContext>,
  argv: readonly string[],
  context: CliContext,
): Command<CliContext> | string {
  const command = commandOf(argv);
  if (command === undefined) return `Unknown command "${unknownWords(argv)}": see "kubelith --help"`;
  const { path } = command.help;
  const unknown = findUnknownFlag(command.help, argv.slice(1));
  if (unknown !== undefined) return `Unknown flag "${unknown}": see "kubelith ${path} --help"`;
  cli.register(withFlags(command, namedFlags(argv)));
  try {
    return cli.process([...argv], context);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // Behind the first line stand all candidates with their usage.
    const [first = ""] = error.message.split("\n");
    return error instanceof UsageError ? first : `${first.replace(/\.$/, "")}: see "kubelith ${path} --help"`;
  }
}

/** Of a family of commands the second word is the unknown one. */
function unknownWords([word = "", next = ""]: readonly string[]): string {
  const isFamily = COMMANDS.some(({ help }) => help.path.startsWith(`${word} `));
  return isFamily && next !== "" ? `${word} ${next}` : word;
}

/** The names of flags on a line; those among the values of others too. */
function namedFlags(words: readonly string[]): readonly string[] {
  return words.filter((word) => word.startsWith("-") && word !== "-").map((word) => nameOf(word, "="));
}

/** clipanion names an unknown flag only when it is the first of all. */
function findUnknownFlag({ flags }: CommandHelp, words: readonly string[]): string | undefined {
  const known = new Set(flags.map(({ name }) => nameOf(name, " ")));
  return namedFlags(words).find((name) => !known.has(name));
}

function nameOf(flag: string, end: string): string {
  return flag.split(end)[0] ?? flag;
}
