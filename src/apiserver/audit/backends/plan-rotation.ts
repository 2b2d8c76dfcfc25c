import { basename, extname } from "node:path";

export interface RotationLimits {
  readonly path: string;
  /** 0 for no limit, as the next one. */
  readonly maxBackups: number;
  readonly maxAgeMs: number;
  readonly now: number;
}

/** What a full file is called from now on: `audit-2026-11-29T22-10-00.000.log`, as upstream's lumberjack has it. */
export function backupName(path: string, now: number): string {
  const { prefix, extension } = partsOf(path);
  return `${prefix}${new Date(now).toISOString().slice(0, -1).replaceAll(":", "-")}${extension}`;
}

export interface RotationPlan {
  readonly remove: readonly string[];
  /** Those that are kept and not compressed yet. */
  readonly compress: readonly string[];
}

/** What is to become of the older files of this log among the names in its directory. */
export function planRotation(
  names: readonly string[],
  { path, maxBackups, maxAgeMs, now }: RotationLimits,
): RotationPlan {
  const backups = names.flatMap((name) => {
    const time = timeOf(name, path);
    return time === undefined ? [] : [{ name, time }];
  });
  const times = [...new Set(backups.map(({ time }) => time))].toSorted((a, b) => b - a);
  const kept = new Set(
    times.filter(
      (time, index) => !(maxBackups > 0 && index >= maxBackups) && !(maxAgeMs > 0 && time < now - maxAgeMs),
    ),
  );
  const isKept = ({ time }: (typeof backups)[number]): boolean => kept.has(time);
  return {
    remove: backups.filter((each) => !isKept(each)).map(({ name }) => name),
    compress: backups.filter((each) => isKept(each) && !each.name.endsWith(GZIP)).map(({ name }) => name),
  };
}

/** The end of the names of compressed files. */
export const GZIP = ".gz";

const TIME = /^(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2}\.\d{3})$/;

function timeOf(name: string, path: string): number | undefined {
  return timeIn(name, path) ?? (name.endsWith(GZIP) ? timeIn(name.slice(0, -GZIP.length), path) : undefined);
}

function timeIn(name: string, path: string): number | undefined {
  const { prefix, extension } = partsOf(path);
  if (!name.startsWith(prefix) || !name.endsWith(extension)) return undefined;
  const match = TIME.exec(name.slice(prefix.length, name.length - extension.length));
  if (match === null) return undefined;
  const [, date, hours, minutes, seconds] = match;
  const time = Date.parse(`${String(date)}T${String(hours)}:${String(minutes)}:${String(seconds)}Z`);
  return Number.isNaN(time) ? undefined : time;
}

function partsOf(path: string) {
  const extension = extname(path);
  return { prefix: `${basename(path, extension)}-`, extension };
}
