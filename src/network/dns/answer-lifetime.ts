import type { Finder } from "./resolver.ts";
import type { ResourceRecord } from "./wire/record.ts";
import { RCODE, TYPE } from "./wire/record-type.ts";
import type { Answer } from "./wire/reply.ts";

/** The least and the usual time of an answer (CoreDNS: `dnsutil.MinimalDefaultTTL`, and of failures). */
const MIN_SECONDS = 5;

/**
 * Seconds that an answer is kept: as long as its shortest record may be, or as its SOA record lets names be taken for
 * absent (RFC 2308 5), between 5 and `maxSeconds`. Answers that nobody gave are not kept.
 */
export function answerLifetime(answer: Answer, plugin: Finder, maxSeconds: number): number {
  if (plugin === "" || maxSeconds === 0) return 0;
  switch (answer.rcode) {
    case RCODE.NOERROR:
    case RCODE.NXDOMAIN:
      return Math.min(maxSeconds, Math.max(MIN_SECONDS, shortest(answer)));
    case RCODE.SERVFAIL:
      return plugin === "forward" ? MIN_SECONDS : 0;
    default:
      return 0;
  }
}

function shortest({ rcode, answers, authorities, additionals }: Answer): number {
  const isAbsent = rcode === RCODE.NXDOMAIN || answers.length === 0;
  const records = [...answers, ...authorities, ...additionals];
  if (records.length === 0) return MIN_SECONDS;
  return Math.min(
    ...records.map((record) =>
      isAbsent && record.type === TYPE.SOA ? Math.min(record.ttl, minimumOf(record)) : record.ttl,
    ),
  );
}

/** The last of the numbers of an SOA record. */
function minimumOf({ data, ttl }: ResourceRecord): number {
  const numbers = data.at(-1);
  if (!(numbers instanceof Uint8Array) || numbers.length < 20) return ttl;
  return new DataView(numbers.buffer, numbers.byteOffset).getUint32(16);
}
