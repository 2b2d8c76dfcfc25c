import { describe, expect, test } from "bun:test";
import { typeName, typeNumber } from "../wire/record-type.ts";
import type { Answer } from "../wire/reply.ts";
import { readOverride, readServers } from "./read-server-block.ts";

/** As the documentation of k3s has it, and what else zone files may say. */
const ZONE = `$ORIGIN example.net.
@       3600 IN SOA    sns.dns.icann.org. noc.dns.icann.org. (
                2017042745 ; serial
                2h 3600 1209600 60 )
        3600 IN NS     a.iana-servers.net.
        3600 IN NS     b.iana-servers.net.

www          IN A      127.0.0.1
             IN AAAA   ::1
$TTL 1m
WEB.Example.NET. CNAME www
mail         MX 10     www
text         TXT       "a ; (b" c
a.b.c        A         192.0.2.1
*.wild       A         192.0.2.2
one.wild     AAAA      ::2
sub          NS        ns.sub
ns.sub       A         192.0.2.3
$ORIGIN deep
x            120 A     192.0.2.4
out.example.org. A     192.0.2.5
`;
const SOA = "3600 SOA sns.dns.icann.org";

describe("file", () => {
  const cases: readonly { ask: string; want: readonly string[] | undefined }[] = [
    { ask: "A www.example.net", want: ["3600 A 127.0.0.1"] },
    { ask: "AAAA www.example.net", want: ["3600 AAAA 0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1"] },
    { ask: "NS example.net", want: ["3600 NS a.iana-servers.net", "3600 NS b.iana-servers.net"] },
    { ask: "SOA example.net", want: [SOA] },
    { ask: "A example.net", want: ["NOERROR", SOA] },
    { ask: "A nosuch.example.net", want: ["NXDOMAIN", SOA] },
    { ask: "A web.example.net", want: ["60 CNAME www.example.net"] },
    { ask: "MX mail.example.net", want: ["60 MX www.example.net"] },
    { ask: "TXT text.example.net", want: ["60 TXT a ; (b\u0001c"] },
    { ask: "A a.b.c.example.net", want: ["60 A 192.0.2.1"] },
    { ask: "A b.c.example.net", want: ["NOERROR", SOA] },
    { ask: "A x.a.b.c.example.net", want: ["NXDOMAIN", SOA] },
    { ask: "A any.wild.example.net", want: ["60 A 192.0.2.2"] },
    { ask: "A any.more.wild.example.net", want: ["60 A 192.0.2.2"] },
    { ask: "A one.wild.example.net", want: ["NOERROR", SOA] },
    { ask: "A two.one.wild.example.net", want: ["NXDOMAIN", SOA] },
    { ask: "A www.sub.example.net", want: ["NOERROR", "60 NS ns.sub.example.net"] },
    { ask: "A x.deep.example.net", want: ["120 A 192.0.2.4"] },
    { ask: "A out.example.org", want: undefined },
  ];
  test.each(cases)("$ask", ({ ask, want }) => {
    const text = "example.net:53 {\n log\n errors\n file /etc/coredns/custom/db.example.net\n}";
    const { servers, problems } = readServers(text, { "db.example.net": ZONE });
    expect(problems).toEqual([]);
    const [type = "", name = ""] = ask.split(" ");
    const answer = servers[0]?.fileZones[0]?.answer({ name, type: typeNumber(type) ?? 0 });
    expect(answer && describeAnswer(answer)).toEqual(want && [...want]);
  });

  test("lets others answer for names that it does not have, where it is told to", () => {
    const { servers } = readOverride(
      "file /etc/coredns/custom/z example.net {\n fallthrough\n reload 5s\n}",
      {
        z: "@ SOA a. b. 1 2 3 4 5\n",
      },
    );
    const [zone] = servers[0]?.fileZones ?? [];
    expect(zone?.answer({ name: "www.example.net", type: 1 })).toBeUndefined();
    expect(zone?.answer({ name: "example.net", type: 1 })?.rcode).toBe(0);
  });

  const mistakes: readonly (readonly [text: string, zone: string, says: string])[] = [
    [
      "file /etc/coredns/other",
      "",
      '"/etc/coredns/other" is no key of the ConfigMap: its keys are the files in /etc/coredns/custom/',
    ],
    ["file /etc/coredns/custom/z a.example", "", 'The zone "a.example." has no SOA record'],
    ["file /etc/coredns/custom/z", "\n@ A 1.2.3\n", 'line 2 of the zone: Not an address: "1.2.3"'],
    ["file /etc/coredns/custom/z", "$INCLUDE other", 'line 1 of the zone: "$INCLUDE" is not known'],
    ["file /etc/coredns/custom/z", "@ SOA a. b. ( 1 2", "line 1 of the zone: An SOA record has five numbers"],
    ["file /etc/coredns/custom/z {\n sign\n}", "", 'the option "sign" of file is not known'],
  ];
  test.each(mistakes)("refuses %j of %j", (text, zone, says) => {
    expect(readOverride(text, { z: zone }).problems).toEqual([`file (line 1): ${says}`]);
  });
});

test("hosts has the lines of a key, too", () => {
  const files = { "my.hosts": "# ours\n192.0.2.1 a.example b.example # old\n\n" };
  const { servers } = readOverride(
    "hosts /etc/coredns/custom/my.hosts example {\n 192.0.2.2 c.example\n}",
    files,
  );
  const [table] = servers[0]?.hosts ?? [];
  const said = ["b.example", "c.example"].map((name) => table?.answer({ name, type: 1 })?.answers[0]?.data);
  expect(said).toEqual([[Uint8Array.of(192, 0, 2, 1)], [Uint8Array.of(192, 0, 2, 2)]]);
});

/** The code where there are no answers, and what is told: `60 A 10.0.0.1`. */
function describeAnswer({ rcode, answers, authorities }: Answer): readonly string[] {
  const code = rcode === 3 ? ["NXDOMAIN"] : ["NOERROR"];
  const told = [...answers, ...authorities].map(({ ttl, type, data }) => {
    const value = typeName(type) === "SOA" ? data[0] : data.at(-1);
    return `${String(ttl)} ${typeName(type)} ${typeof value === "string" ? value : textOf(type, value)}`;
  });
  return answers.length > 0 ? told : [...code, ...told];
}

function textOf(type: number, bytes: Uint8Array = new Uint8Array(0)): string {
  return typeName(type) === "TXT" ? Buffer.from(bytes).toString("latin1", 1) : [...bytes].join(".");
}
