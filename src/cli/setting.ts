/**
 * A setting that flags, environment and config file can give. `parse` turns its text into a value and throws a
 * RangeError whose message says what is expected (`must be …`).
 */
export interface Setting<T> {
  /** Name of the flag without dashes, and the key in the config file. */
  readonly flag: string;
  readonly help: string;
  readonly parse: (text: string) => T extends readonly (infer Item)[] ? Item : T;
  /** May be given several times, or as a list in the config file, or comma-separated. */
  readonly repeatable?: boolean;
  /** Texts with commas are one value each, and not several. */
  readonly keepsCommas?: boolean;
  /** True for what another setting of this flag says by being given; the help shows the other one alone. */
  readonly isImplied?: boolean;
  /** True for a flag without a value. */
  readonly isSwitch?: boolean;
  /** The value when nothing is given; a function when it depends on the machine. */
  readonly fallback: T | ((machine: Machine) => T);
  /** How the help shows the default, when it depends on the machine. */
  readonly fallbackHelp?: string;
}

/** One setting for every field of a configuration. */
export type Settings<Config> = { readonly [K in keyof Config]: Setting<Config[K]> };

/** What defaults are taken from. */
export interface Machine {
  readonly hostname: string;
  /** The address that other hosts most likely reach this one at; undefined when there is none but loopback. */
  readonly address: string | undefined;
}

/** Texts by flag name, from one source. */
export type Given = Readonly<Record<string, readonly string[] | undefined>>;

export interface Sources {
  /** The command whose settings they are, for messages. */
  readonly command: string;
  readonly flags: Given;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file: Given;
}

/** The configuration, and every problem with it as a line of text. */
export interface Resolved<Config> {
  readonly config: Config;
  readonly problems: readonly string[];
}

/** Flags win over the environment (`KUBELITH_DATA_DIR`), which wins over the config file. */
export function resolveSettings<Config>(
  settings: Settings<Config>,
  sources: Sources,
  machine: Machine,
): Resolved<Config> {
  const problems: string[] = unknownKeys(settings, sources);
  const entries = Object.entries<Setting<unknown>>(settings).map(([field, setting]) => {
    const given = givenTexts(setting, sources);
    if (given === undefined) return [field, fallbackOf(setting, machine)];
    const values = given.texts.map((text) => parseText(setting, text, given.origin, problems));
    return [field, setting.repeatable === true ? values : values.at(-1)];
  });
  return { config: Object.fromEntries(entries) as Config, problems };
}

/** The flag with its dashes: two, or one for a single letter. */
export function flagName({ flag }: Pick<Setting<unknown>, "flag">): string {
  return flag.length === 1 ? `-${flag}` : `--${flag}`;
}

/** `data-dir` in the environment: `KUBELITH_DATA_DIR`. */
export function environmentName(flag: string): string {
  return `KUBELITH_${flag.toUpperCase().replaceAll("-", "_")}`;
}

interface GivenTexts {
  readonly texts: readonly string[];
  /** What the user wrote, for messages: `--data-dir`, `KUBELITH_DATA_DIR`, `data-dir in the config file`. */
  readonly origin: string;
}

function givenTexts(
  setting: Setting<unknown>,
  { flags, environment, file }: Sources,
): GivenTexts | undefined {
  const fromFlags = flags[setting.flag];
  if (fromFlags !== undefined) return { texts: split(setting, fromFlags), origin: flagName(setting) };
  const variable = environmentName(setting.flag);
  const fromEnvironment = environment[variable];
  if (fromEnvironment !== undefined) return { texts: split(setting, [fromEnvironment]), origin: variable };
  const fromFile = file[setting.flag];
  if (fromFile === undefined) return undefined;
  return { texts: split(setting, fromFile), origin: `${setting.flag} in the config file` };
}

function split({ repeatable, keepsCommas }: Setting<unknown>, texts: readonly string[]): readonly string[] {
  return repeatable === true && keepsCommas !== true
    ? texts.flatMap((text) => text.split(",")).filter((text) => text !== "")
    : texts;
}

function fallbackOf<T>({ fallback }: Setting<T>, machine: Machine): T {
  return typeof fallback === "function" ? (fallback as (machine: Machine) => T)(machine) : fallback;
}

function parseText({ parse }: Setting<unknown>, text: string, origin: string, problems: string[]): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problems.push(`Invalid value "${text}" for ${origin}: ${error.message}`);
    return undefined;
  }
}

function unknownKeys<Config>(settings: Settings<Config>, { command, file }: Sources): string[] {
  const known = new Set(Object.values<Setting<unknown>>(settings).map(({ flag }) => flag));
  return Object.keys(file)
    .filter((key) => !known.has(key))
    .map(
      (key) =>
        `Unknown setting "${key}" in the config file: see "kubelith ${command} --help" for the settings`,
    );
}
