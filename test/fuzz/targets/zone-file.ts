import { CorefileError } from "#network/dns/corefile/directive.ts";
import { parseZoneFile } from "#network/dns/corefile/zone-file.ts";
import { FileZone } from "#network/dns/file-zone.ts";
import { isName, isWithin } from "#network/dns/wire/domain-name.ts";
import { RCODE, TYPE } from "#network/dns/wire/record-type.ts";
import { encodeAnswer } from "#network/dns/wire/reply.ts";
import { ensure, textTarget } from "../engine/target.ts";

const APEX = "example";

/** Zones that users write into keys of the ConfigMap `coredns-custom`. */
export const target = textTarget({
  seeds: [
    "$ORIGIN example.\n$TTL 1h\n@ 3600 IN SOA ns admin (\n 1 ; serial\n 2h 3 4 5 )\n  NS ns\nns A 192.0.2.1\n  AAAA ::1\n",
    '@ SOA a. b. 1 2 3 4 5\n*.w CNAME x.other.\nm MX 10 m\n_s._tcp SRV 1 2 3 m\nt TXT "a;(\\"b" c\nsub NS ns.sub\n',
  ],
  dictionary: [
    "@",
    "\n",
    " ",
    "$ORIGIN ",
    "$TTL ",
    "(",
    ")",
    ";",
    '"',
    "\\",
    ".",
    "*.",
    "IN ",
    "CNAME ",
    "NS ",
    "1w ",
  ],
  refusals: [CorefileError],
  open: () => (text) => {
    const records = parseZoneFile(text, APEX);
    return () => {
      ensure(
        records.every(({ name }) => name === "" || isName(name)),
        "Names are names",
      );
      if (!records.some(({ name, type }) => name === APEX && type === TYPE.SOA)) return;
      const zone = new FileZone(APEX, { records, fallthrough: [] });
      for (const { name, type } of records) {
        const answer = zone.answer({ name, type });
        ensure(
          (answer !== undefined) === isWithin(name, APEX),
          "A zone answers for its names, and no others",
        );
        if (answer === undefined) continue;
        ensure(answer.rcode === RCODE.NOERROR, "Names that are there are not absent");
        encodeAnswer({ name, type }, answer);
      }
    };
  },
});
