import { join } from "node:path";
import { type Clock, systemClock } from "#base/clock.ts";
import { Enrollment, type EnrollOptions } from "#join/enroll/enroll.ts";
import { parseJoinToken } from "#join/join-token.ts";
import { silentLogger } from "#observability/logger.ts";
import type { TestControlPlane } from "../../conformance/control-plane.ts";

export interface JoiningHostOptions extends Partial<EnrollOptions> {
  readonly nodeName: string;
  /** The token. */
  readonly text?: string;
  readonly clock?: Clock;
  /** Default: one that no other host has. */
  readonly home?: string;
}

/** A host that wants to become a node of the cluster; nothing of a node runs on it. */
export function joiningHost(
  plane: TestControlPlane,
  { text, clock = systemClock, home = crypto.randomUUID(), ...options }: JoiningHostOptions,
): Enrollment {
  const directory = join(plane.directory, home);
  return new Enrollment(
    {
      servers: () => [new URL(plane.url).host],
      token: text === undefined ? undefined : parseJoinToken(text),
      addresses: () => ["192.0.2.20"],
      directory: join(directory, "agent"),
      passwordDirectory: join(directory, "node"),
      ...options,
    },
    { clock, random: Math.random, logger: silentLogger },
  );
}
