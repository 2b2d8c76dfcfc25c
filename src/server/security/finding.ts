/** How one check ended, and what to do about it. Points are those of the CIS Kubernetes Benchmark 1.12. */
export interface Finding {
  readonly point: string;
  readonly subject: string;
  readonly result: "pass" | "warn" | "fail" | "not applicable";
  /** Why it is no pass. */
  readonly reason?: string;
  readonly remedy?: string;
}

/** What a check is about, and what mends it. */
export interface SecurityPoint extends Required<Pick<Finding, "point" | "subject" | "remedy">> {
  /** The benchmark leaves it to people what to make of it: what is found is a warning. */
  readonly isManual?: boolean;
}

export function passed({ point, subject }: SecurityPoint): Finding {
  return { point, subject, result: "pass" };
}

export function failed({ point, subject, remedy }: SecurityPoint, reason: string): Finding {
  return { point, subject, result: "fail", reason, remedy };
}

export function warned({ point, subject, remedy }: SecurityPoint, reason: string): Finding {
  return { point, subject, result: "warn", reason, remedy };
}

/** A pass when there is no reason for something else. */
export function judged(point: SecurityPoint, reason: string | undefined): Finding {
  if (reason === undefined) return passed(point);
  return point.isManual === true ? warned(point, reason) : failed(point, reason);
}

/** Points as numbers, one after the other. */
export function comparePoints({ point: a }: Finding, { point: b }: Finding): number {
  const [first, second] = [a, b].map((point) => point.split(".").map(Number));
  const parts = Math.max(first?.length ?? 0, second?.length ?? 0);
  for (let index = 0; index < parts; index += 1) {
    const difference = (first?.[index] ?? 0) - (second?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const SHOWN = 5;

/** The first of what is wrong, and how many more there are; undefined for none. */
export function listed(what: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const more = names.length > SHOWN ? ` and ${String(names.length - SHOWN)} more` : "";
  return `${what} ${names.slice(0, SHOWN).join(", ")}${more}`;
}
