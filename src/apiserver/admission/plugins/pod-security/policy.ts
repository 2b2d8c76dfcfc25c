import { type FieldError, invalid, keyPath } from "#apimachinery/field-error.ts";

/** From the most lenient to the strictest. */
const LEVELS = ["privileged", "baseline", "restricted"] as const;

export type Level = (typeof LEVELS)[number];

/** How strict, and by the rules of which minor version of Kubernetes. */
export interface LevelVersion {
  readonly level: Level;
  readonly version: number | "latest";
}

export const MODES = ["enforce", "audit", "warn"] as const;

export type Policy = Readonly<Record<(typeof MODES)[number], LevelVersion>>;

export const PRIVILEGED: LevelVersion = { level: "privileged", version: "latest" };

/** The start of the names of labels and of audit annotations. */
export const PREFIX = "pod-security.kubernetes.io/";

const VERSION = /^v1\.(?<minor>0|[1-9][0-9]*)$/;

/** `restricted:latest`, `baseline:v1.36`. */
export function formatLevelVersion({ level, version }: LevelVersion): string {
  return `${level}:${version === "latest" ? version : `v1.${String(version)}`}`;
}

export function isSameLevelVersion(a: LevelVersion, b: LevelVersion): boolean {
  return a.level === b.level && a.version === b.version;
}

/** More than 0 where `a` is the stricter of the two. */
export function compareLevels(a: Level, b: Level): number {
  return LEVELS.indexOf(a) - LEVELS.indexOf(b);
}

export function isPrivileged(policy: Policy): boolean {
  return MODES.every((mode) => policy[mode].level === "privileged");
}

type Labels = Readonly<Record<string, string>>;

export interface LabelledPolicy {
  readonly policy: Policy;
  readonly errors: readonly FieldError[];
}

/**
 * What the labels of a namespace say, and the defaults where they are silent. Labels that cannot be read restrict what
 * is enforced, and leave out what is only told.
 */
export function policyOf(labels: Labels, defaults: Policy): LabelledPolicy {
  const enforce = readMode("enforce", labels, defaults, "restricted");
  const audit = readMode("audit", labels, defaults, "privileged");
  const warn = readMode("warn", labels, defaults, "privileged");
  return {
    policy: {
      enforce: enforce.found,
      audit: audit.found,
      warn: isSilent(labels, enforce, warn) ? warnAsEnforced(labels, enforce.found, warn.found) : warn.found,
    },
    errors: [...enforce.errors, ...audit.errors, ...warn.errors],
  };
}

interface ModeLabels {
  readonly found: LevelVersion;
  readonly errors: readonly FieldError[];
  /** Whether the labels name a level that exists. */
  readonly isLevel: boolean;
}

function readMode(mode: keyof Policy, labels: Labels, defaults: Policy, fallback: Level): ModeLabels {
  const [levelLabel, versionLabel] = [`${PREFIX}${mode}`, `${PREFIX}${mode}-version`];
  const { [levelLabel]: levelText, [versionLabel]: versionText } = labels;
  const level = levelText === undefined ? undefined : parseLevel(levelText);
  const version = versionText === undefined ? undefined : parseVersion(versionText);
  const errorAt = (label: string, text: string | undefined, problem: string): readonly FieldError[] =>
    text === undefined ? [] : [invalid(keyPath("metadata.labels", label), text, problem)];
  return {
    found: {
      level: levelText === undefined ? defaults[mode].level : (level ?? fallback),
      version: versionText === undefined ? defaults[mode].version : (version ?? "latest"),
    },
    errors: [
      ...(level === undefined ? errorAt(levelLabel, levelText, LEVEL_PROBLEM) : []),
      ...(version === undefined ? errorAt(versionLabel, versionText, VERSION_PROBLEM) : []),
    ],
    isLevel: level !== undefined,
  };
}

/** Whether nothing is said of warnings where something strict is enforced. */
function isSilent(labels: Labels, enforce: ModeLabels, { found }: ModeLabels): boolean {
  const isUnlabelled = labels[`${PREFIX}warn`] === undefined;
  return isUnlabelled && enforce.isLevel && compareLevels(enforce.found.level, found.level) > 0;
}

function warnAsEnforced(labels: Labels, enforce: LevelVersion, warn: LevelVersion): LevelVersion {
  const { version } = labels[`${PREFIX}warn-version`] === undefined ? enforce : warn;
  return { level: enforce.level, version };
}

export const LEVEL_PROBLEM = `must be one of ${LEVELS.join(", ")}`;
export const VERSION_PROBLEM = 'must be "latest" or "v1.x"';

export function parseLevel(text: string): Level | undefined {
  return LEVELS.find((level) => level === text);
}

export function parseVersion(text: string): LevelVersion["version"] | undefined {
  if (text === "latest") return text;
  const minor = VERSION.exec(text)?.groups?.["minor"];
  // Go reads numbers of 64 bits.
  return minor === undefined || BigInt(minor) >= 1n << 63n ? undefined : Number(minor);
}
