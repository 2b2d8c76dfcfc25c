/** One number that a benchmark found. */
export interface Measurement {
  /** What was measured, under which conditions: "durable puts, 64 callers". */
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it should be; absent where it only informs. */
  readonly target?: { readonly atMost: number } | { readonly atLeast: number };
}

/** What one file of test/bench found; each exports `run(): Promise<BenchResult>` and prints this when run alone. */
export interface BenchResult {
  /** The question that the file answers. */
  readonly name: string;
  readonly measurements: readonly Measurement[];
  /** How it was measured, where that is not plain from the names. */
  readonly notes?: readonly string[];
}

/** Prints a table for people and then one line of JSON for programs. */
export function printResult(result: BenchResult): void {
  const width = Math.max(...result.measurements.map(({ name }) => name.length));
  console.log(result.name);
  for (const measurement of result.measurements) {
    console.log(
      `  ${measurement.name.padEnd(width)}  ${formatValue(measurement)}${formatTarget(measurement)}`,
    );
  }
  for (const note of result.notes ?? []) console.log(`  * ${note}`);
  console.log(JSON.stringify(result));
}

export function meetsTarget({ value, target }: Measurement): boolean {
  if (target === undefined) return true;
  return "atMost" in target ? value <= target.atMost : value >= target.atLeast;
}

function formatValue({ value, unit }: Measurement): string {
  return `${formatNumber(value).padStart(12)} ${unit}`;
}

function formatTarget(measurement: Measurement): string {
  const { target } = measurement;
  if (target === undefined) return "";
  const bound =
    "atMost" in target
      ? `at most ${formatNumber(target.atMost)}`
      : `at least ${formatNumber(target.atLeast)}`;
  return `  (${bound}: ${meetsTarget(measurement) ? "met" : "MISSED"})`;
}

function formatNumber(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: value < 10 ? 2 : value < 1000 ? 1 : 0 });
}
