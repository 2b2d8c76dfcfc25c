import type { Finder } from "./resolver.ts";
import type { CacheLimits } from "./server-block.ts";
import type { ResourceRecord } from "./wire/record.ts";
import { RCODE, TYPE } from "./wire/record-type.ts";
import type { Answer } from "./wire/reply.ts";

/** The time of an answer that says nothing of it (CoreDNS: `dnsutil.MinimalDefaultTTL`). */
const DEFAULT_SECONDS = 5;

/**
 * Seconds that an answer is kept: as long as its shortest record may be, or as its SOA record lets names be taken for
 * absent (RFC 2308 5), within the limits. Answers that nobody gave are not kept.
 */
export function answerLifetime(answer: Answer, plugin: Finder, limits: CacheLimits): number {
  if (plugin === "") return 0;
  switch (answer.rcode) {
    case RCODE.NOERROR:
    case RCODE.NXDOMAIN: {
      const { minSeconds, maxSeconds } = rangeOf(answer, limits);
      return Math.min(maxSeconds, Math.max(minSeconds, shortest(answer)));
    }
    case RCODE.SERVFAIL:
      return plugin === "forward" ? limits.failureSeconds : 0;
    default:
      return 0;
  }
}

export function rangeOf(
  answer: Pick<Answer, "rcode" | "answers">,
  limits: CacheLimits,
): CacheLimits["success"] {
  return isAbsent(answer) ? limits.denial : limits.success;
}

function isAbsent({ rcode, answers }: Pick<Answer, "rcode" | "answers">): boolean {
  return rcode === RCODE.NXDOMAIN || answers.length === 0;
}

function shortest(answer: Answer): number {
  const { answers, authorities, additionals } = answer;
  const absent = isAbsent(answer);
  const records = [...answers, ...authorities, ...additionals];
  if (records.length === 0) return DEFAULT_SECONDS;
  return Math.min(
    ...records.map((record) =>
      absent && record.type === TYPE.SOA ? Math.min(record.ttl, minimumOf(record)) : record.ttl,
    ),
  );
}

/** The last of the numbers of an SOA record. */
function minimumOf({ data, ttl }: ResourceRecord): number {
  const numbers = data.at(-1);
  if (!(numbers instanceof Uint8Array) || numbers.length < 20) return ttl;
  return new DataView(numbers.buffer, numbers.byteOffset).getUint32(16);
}
