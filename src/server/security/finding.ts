/** How one check ended, and what to do about it. Points are those of the CIS Kubernetes Benchmark 1.9. */
export interface Finding {
  readonly point: string;
  readonly subject: string;
  readonly result: "pass" | "warn" | "fail";
  /** Why it is no pass. */
  readonly reason?: string;
  readonly remedy?: string;
}

/** What a check is about, and what mends it. */
export type SecurityPoint = Required<Pick<Finding, "point" | "subject" | "remedy">>;

export function passed({ point, subject }: SecurityPoint): Finding {
  return { point, subject, result: "pass" };
}

export function failed({ point, subject, remedy }: SecurityPoint, reason: string): Finding {
  return { point, subject, result: "fail", reason, remedy };
}

export function warned({ point, subject, remedy }: SecurityPoint, reason: string): Finding {
  return { point, subject, result: "warn", reason, remedy };
}
