import type { BootstrapToken } from "#api/core/v1/bootstrap-token.ts";
import { formatHumanDuration } from "#apimachinery/human-duration.ts";
import { formatTime } from "#apimachinery/time.ts";
import { formatColumns } from "#base/columns.ts";

const HEADER = ["TOKEN", "TTL", "EXPIRES", "USAGES", "DESCRIPTION", "EXTRA GROUPS"];

/** The table that kubeadm prints. It has the ids alone: secrets are shown once. */
export function formatTokens(tokens: readonly BootstrapToken[], now: number): string {
  return formatColumns([HEADER, ...tokens.map((token) => cellsOf(token, now))]);
}

function cellsOf({ id, description, expiresAt, usages, groups }: BootstrapToken, now: number): string[] {
  const ttl =
    expiresAt === undefined
      ? "<forever>"
      : expiresAt <= now
        ? "<expired>"
        : formatHumanDuration(expiresAt - now);
  return [
    id,
    ttl,
    expiresAt === undefined ? "<never>" : formatTime(expiresAt),
    usages.length === 0 ? "<none>" : usages.join(","),
    description === "" ? "<none>" : description,
    groups.length === 0 ? "<none>" : groups.join(","),
  ];
}
