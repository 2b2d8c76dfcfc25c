import type { Setting, Settings } from "./setting.ts";
import { environmentName, flagName } from "./setting.ts";

/** What help says about one command. */
export interface CommandHelp {
  /** Words behind `kubelith`. */
  readonly path: string;
  /** What stands behind the flags. */
  readonly argument?: string;
  readonly summary: string;
  readonly details?: string;
  readonly flags: readonly FlagHelp[];
}

interface FlagHelp {
  readonly name: string;
  readonly text: string;
}

/** The list of commands. */
export function formatOverview(commands: readonly CommandHelp[]): string {
  const rows = commands.map(({ path, summary }) => ({ name: path, text: summary }));
  return `Kubelith, a complete Kubernetes in one executable

Usage: kubelith COMMAND [FLAG...]

${formatRows(rows)}

"kubelith COMMAND --help" shows the flags of a command.
`;
}

export function formatCommandHelp({ path, argument, summary, details, flags }: CommandHelp): string {
  const usage = [
    path,
    ...(flags.length > 0 ? ["[FLAG...]"] : []),
    ...(argument === undefined ? [] : [argument]),
  ];
  const sections = [
    `Usage: kubelith ${usage.join(" ")}`,
    capitalise(`${summary}.${details === undefined ? "" : ` ${details}`}`),
    ...(flags.length > 0 ? [`Flags:\n${formatRows(flags)}`] : []),
  ];
  return `${sections.join("\n\n")}\n`;
}

/** One row for every setting, with its default and its name in the environment. */
export function settingRows<Config>(settings: Settings<Config>): readonly FlagHelp[] {
  return Object.values<Setting<unknown>>(settings)
    .filter(({ isImplied }) => isImplied !== true)
    .map((setting) => ({
      name: `${flagName(setting)}${setting.isSwitch === true ? "" : ` ${placeholder(setting)}`}`,
      text: `${setting.help}${defaultText(setting)} [$${environmentName(setting.flag)}]`,
    }));
}

function defaultText({ fallback, fallbackHelp, isSwitch, repeatable }: Setting<unknown>): string {
  if (repeatable === true) return "; may be repeated";
  if (isSwitch === true) return "";
  return ` (default ${fallbackHelp ?? String(fallback as string | number)})`;
}

/** Last words of flags that do not say what their value is. */
const VALUES: Readonly<Record<string, string>> = {
  conf: "FILE",
  config: "FILE",
  dns: "ADDRESS",
  inflight: "COUNT",
  ipv4: "LENGTH",
  ipv6: "LENGTH",
  kubeconfig: "FILE",
  maxage: "DAYS",
  maxbackup: "COUNT",
  maxsize: "MEGABYTES",
  v: "LEVEL",
};

function placeholder({ flag }: Setting<unknown>): string {
  const word = flag.split("-").at(-1) ?? "";
  return VALUES[word] ?? word.toUpperCase();
}

function formatRows(rows: readonly FlagHelp[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows.map(({ name, text }) => `  ${name.padEnd(width)}   ${text}`).join("\n");
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
