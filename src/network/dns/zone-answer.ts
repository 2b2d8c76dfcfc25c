import { authorityRecord, type ResourceRecord } from "./wire/record.ts";
import { RCODE } from "./wire/record-type.ts";
import type { Answer } from "./wire/reply.ts";
import type { ZoneView } from "./zone-view.ts";

/** Seconds that resolvers may keep an answer: CoreDNS' kubernetes plugin says 5. */
export const TTL_SECONDS = 5;

const NOTHING = { answers: [], authorities: [], additionals: [] } as const;

export const REFUSED: Answer = { ...NOTHING, rcode: RCODE.REFUSED, authoritative: false };
export const SERVER_FAILURE: Answer = { ...NOTHING, rcode: RCODE.SERVFAIL, authoritative: false };

export function found(
  answers: readonly ResourceRecord[],
  additionals: readonly ResourceRecord[] = [],
): Answer {
  return { rcode: RCODE.NOERROR, authoritative: true, answers, authorities: [], additionals };
}

/** No name (NXDOMAIN) or no such records (NOERROR), and for how long that may be remembered. */
export function absent({ isSynced }: ZoneView, rcode: number, authority: ResourceRecord): Answer {
  return isSynced ? { ...NOTHING, rcode, authoritative: true, authorities: [authority] } : SERVER_FAILURE;
}

/** The record that says who is responsible for the zone `apex`, which is the cluster's or one of reverse names. */
export function startOfAuthority({ domain, serial }: ZoneView, apex: string): ResourceRecord {
  return authorityRecord(apex, TTL_SECONDS, {
    server: `ns.dns.${domain}`,
    mailbox: `hostmaster.${domain}`,
    serial,
    minimum: TTL_SECONDS,
  });
}
