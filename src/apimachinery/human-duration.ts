const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/**
 * A duration with two or three significant figures, as tables show ages (apimachinery `util/duration`).
 * Clocks may differ by less than two seconds; anything further below zero is `<invalid>`.
 */
export function formatHumanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 2 * MINUTE) return `${String(seconds)}s`;
  if (seconds < 10 * MINUTE) return twoUnits(seconds, [MINUTE, "m"], [1, "s"]);
  if (seconds < 3 * HOUR) return oneUnit(seconds, MINUTE, "m");
  if (seconds < 8 * HOUR) return twoUnits(seconds, [HOUR, "h"], [MINUTE, "m"]);
  if (seconds < 2 * DAY) return oneUnit(seconds, HOUR, "h");
  if (seconds < 8 * DAY) return twoUnits(seconds, [DAY, "d"], [HOUR, "h"]);
  if (seconds < 2 * YEAR) return oneUnit(seconds, DAY, "d");
  if (seconds < 8 * YEAR) return twoUnits(seconds, [YEAR, "y"], [DAY, "d"]);
  return oneUnit(seconds, YEAR, "y");
}

type Unit = readonly [seconds: number, suffix: string];

function oneUnit(seconds: number, unit: number, suffix: string): string {
  return `${String(Math.floor(seconds / unit))}${suffix}`;
}

function twoUnits(seconds: number, [large, largeSuffix]: Unit, [small, smallSuffix]: Unit): string {
  const rest = Math.floor((seconds % large) / small);
  const head = oneUnit(seconds, large, largeSuffix);
  return rest === 0 ? head : `${head}${String(rest)}${smallSuffix}`;
}
