import { describe, expect, test } from "bun:test";
import { applyRewrites } from "../rewrite.ts";
import { addressRecord, nameRecord } from "../wire/record.ts";
import { typeName, typeNumber } from "../wire/record-type.ts";
import { found } from "../zone-answer.ts";
import { CorefileError, parseCorefile } from "./directive.ts";
import { parseDomain } from "./domain-argument.ts";
import { readOverride, readServers } from "./read-server-block.ts";

describe("parseCorefile", () => {
  test("reads words, quotes, comments and braces", () => {
    const text = 'a b "c d" # e\nf { # g\n  h "}" {\n i\n }\n}\n';
    expect(parseCorefile(text)).toEqual([
      { name: "a", args: ["b", "c d"], block: [], line: 1 },
      {
        name: "f",
        args: [],
        line: 2,
        block: [{ name: "h", args: ["}"], line: 3, block: [{ name: "i", args: [], block: [], line: 4 }] }],
      },
    ]);
  });

  test.each(["a {", "a {\n", "}", "{ a }", "a { b {", `${"a {\n".repeat(20)}${"}\n".repeat(20)}`])(
    "refuses %j",
    (text) => {
      expect(() => parseCorefile(text)).toThrow(CorefileError);
    },
  );
});

describe("parseDomain", () => {
  const domains: readonly (readonly [string, string])[] = [
    [".", ""],
    ["Example.com.", "example.com"],
    ["example.com:53", "example.com"],
    ["dns://example.com", "example.com"],
    ["10.0.0.0/8", "10.in-addr.arpa"],
    ["192.168.7.0/24", "7.168.192.in-addr.arpa"],
    ["2001:db8::/32", "8.b.d.0.1.0.0.2.ip6.arpa"],
  ];
  test.each(domains)("%s is %j", (text, want) => expect(parseDomain(text)).toBe(want));

  test.each(["example.com:5353", "tls://example.com", "10.0.0.0/9", "a..b"])("refuses %s", (text) => {
    expect(() => parseDomain(text)).toThrow(CorefileError);
  });
});

describe("readServers", () => {
  test("reads a stub domain as k3s documents it", () => {
    const text = `example.com:53 {
      errors
      cache 60
      log
      forward . 10.0.0.1 [2001:db8::1]:5353 {
        policy sequential
        except internal.example.com
        max_fails 3
        read_timeout 500ms
        force_tcp
      }
    }`;
    const { servers, problems } = readServers(text);
    expect(problems).toEqual([]);
    expect(servers).toMatchObject([
      {
        zones: ["example.com"],
        cache: { success: { maxSeconds: 60 }, denial: { maxSeconds: 60 } },
        log: true,
        forwards: [
          {
            from: "",
            except: ["internal.example.com"],
            upstreams: [
              { address: "10.0.0.1", port: 53 },
              { address: "2001:db8::1", port: 5353 },
            ],
            policy: "sequential",
            maxFails: 3,
            readTimeoutMs: 500,
            forceTcp: true,
          },
        ],
      },
    ]);
  });

  const mistakes: readonly { text: string; want: string }[] = [
    { text: "a.example {", want: 'line 1: "{" is not closed' },
    {
      text: "a.example:99 { log }",
      want: '"a.example:99": the cluster DNS listens on port 53, without encryption',
    },
    {
      text: "a.example {\n dnssec\n}",
      want: "dnssec (line 2): the cluster DNS does not know this directive",
    },
    {
      text: "a.example {\n forward . https://9.9.9.9\n}",
      want: 'forward (line 2): "https://9.9.9.9" is no address of a DNS server; names and HTTPS are not known',
    },
    {
      text: "a.example {\n forward . 9.9.9.9%dns.quad9.net\n}",
      want: 'forward (line 2): "9.9.9.9%dns.quad9.net" is no address of a DNS server; names and HTTPS are not known',
    },
    {
      text: "a.example {\n forward . tls://9.9.9.9 {\n tls /ca.crt\n}\n}",
      want: "forward (line 2): files of keys and certificates are not read",
    },
    {
      text: "a.example {\n forward . 9.9.9.9 {\n failover NOERROR\n}\n}",
      want: 'forward (line 2): "NOERROR" is no code of a failure that is known',
    },
    {
      text: "a.example {\n forward .\n}",
      want: "forward (line 2): forward needs a domain and servers to ask",
    },
    {
      text: "a.example {\n forward . 1.2.3.4 {\n policy best\n }\n}",
      want: 'forward (line 2): the policy "best" is none of random, round_robin, sequential',
    },
    {
      text: "a.example {\n hosts {\n  nonsense x\n }\n}",
      want: 'hosts (line 2): line 3: "nonsense" is neither an address nor an option of hosts',
    },
    { text: "a.example {\n cache much\n}", want: 'cache (line 2): "much" is no number of seconds' },
    {
      text: "a.example {\n rewrite edns0 local set 1 x\n}",
      want: 'rewrite (line 2): rewrite of the field "edns0" is not known',
    },
    {
      text: 'a.example {\n rewrite name regex "(" x\n}',
      want: 'rewrite (line 2): the pattern "(" cannot be read',
    },
  ];
  test.each(mistakes)("says what is wrong: $want", ({ text, want }) => {
    expect(readServers(text).problems).toEqual([want]);
  });

  const upstreams: readonly { text: string; want: readonly object[] }[] = [
    {
      text: "forward . tls://9.9.9.9 tls://[2620:fe::fe]:8853 {\n tls_servername dns.quad9.net\n tls\n}",
      want: [
        { address: "9.9.9.9", port: 853, tls: { servername: "dns.quad9.net" } },
        { address: "2620:fe::fe", port: 8853, tls: { servername: "dns.quad9.net" } },
      ],
    },
    {
      text: "forward . tls://1.1.1.1%one.one.one.one:10853 tls://8.8.8.8 dns://10.0.0.1",
      want: [
        { address: "1.1.1.1", port: 10_853, tls: { servername: "one.one.one.one" } },
        { address: "8.8.8.8", port: 853, tls: {} },
        { address: "10.0.0.1", port: 53 },
      ],
    },
  ];
  test.each(upstreams)("asks over TLS whom it is told to, %#", ({ text, want }) => {
    const { servers, problems } = readOverride(text);
    expect(problems).toEqual([]);
    expect(servers[0]?.forwards[0]?.upstreams).toEqual(want as never);
  });

  test("keeps what has nothing wrong with it", () => {
    const { servers } = readServers(
      "a.example {\n dnssec\n cache 7\n}\nb.example:1 { log }\nc.example { log }",
    );
    expect(servers.map(({ zones, cache }) => [...zones, cache?.success.maxSeconds])).toEqual([
      ["a.example", 7],
      ["c.example", undefined],
    ]);
  });
});

describe("hosts", () => {
  const TEXT = `hosts custom.hosts example.com {
    192.0.2.1 a.example.com A2.example.com
    2001:db8::1 a.example.com
    192.0.2.9 *.wild.example.com
    ttl 60
    fallthrough sub.example.com
  }`;
  const cases: readonly { ask: string; want: readonly string[] | undefined }[] = [
    { ask: "A a.example.com", want: ["60 192.0.2.1"] },
    { ask: "A a2.example.com", want: ["60 192.0.2.1"] },
    { ask: "AAAA a.example.com", want: ["60 2001:db8::1"] },
    { ask: "AAAA a2.example.com", want: [] },
    { ask: "A x.wild.example.com", want: ["60 192.0.2.9"] },
    { ask: "A x.y.wild.example.com", want: ["NXDOMAIN"] },
    { ask: "A b.example.com", want: ["NXDOMAIN"] },
    { ask: "A b.sub.example.com", want: undefined },
    { ask: "A b.example.org", want: undefined },
    { ask: "PTR 1.2.0.192.in-addr.arpa", want: ["60 a.example.com"] },
    { ask: "PTR 9.2.0.192.in-addr.arpa", want: undefined },
  ];
  test.each(cases)("$ask", ({ ask, want }) => {
    const [type = "", name = ""] = ask.split(" ");
    const [table] = readOverride(TEXT).servers[0]?.hosts ?? [];
    const answer = table?.answer({ name, type: typeNumber(type) ?? 0 });
    const said = answer?.answers.map(({ ttl, data: [first] }) =>
      typeof first === "string" ? `${String(ttl)} ${first}` : `${String(ttl)} ${textOf(first)}`,
    );
    expect(answer?.rcode === 3 ? ["NXDOMAIN"] : said).toEqual(want === undefined ? undefined : [...want]);
  });
});

describe("rewrite", () => {
  // Questions, what is asked instead, and a record of the answer before and after, as CoreDNS' README says.
  const cases: readonly { rule: string; ask: string; instead: string; back?: readonly [string, string] }[] = [
    {
      rule: "name a.example b.example",
      ask: "A a.example",
      instead: "A b.example",
      back: ["b.example", "a.example"],
    },
    { rule: "name a.example b.example", ask: "A x.a.example", instead: "A x.a.example" },
    {
      rule: "name substring service.us-west-1.example.org service.us-west-1.consul",
      ask: "A ftp.service.us-west-1.example.org",
      instead: "A ftp.service.us-west-1.consul",
      back: ["ftp.service.us-west-1.consul", "ftp.service.us-west-1.consul"],
    },
    {
      rule: "name regex (.*)-(us-west-1)\\.example\\.org {1}.service.{2}.consul",
      ask: "A ftp-us-west-1.example.org",
      instead: "A ftp.service.us-west-1.consul",
    },
    {
      rule: "name suffix .schmoogle.com. .google.com.",
      ask: "A www.schmoogle.com",
      instead: "A www.google.com",
    },
    {
      rule: "stop {\n name suffix .coredns.rocks .service.consul answer auto\n}",
      ask: "A ftp.coredns.rocks",
      instead: "A ftp.service.consul",
      back: ["ftp.service.consul", "ftp.coredns.rocks"],
    },
    {
      rule: "stop {\n name regex (.*)-(us-west-1)\\.coredns\\.rocks {1}.service.{2}.consul\n answer name (.*)\\.service\\.(us-west-1)\\.consul {1}-{2}.coredns.rocks\n}",
      ask: "A ftp-us-west-1.coredns.rocks",
      instead: "A ftp.service.us-west-1.consul",
      back: ["ftp.service.us-west-1.consul", "ftp-us-west-1.coredns.rocks"],
    },
    { rule: "type AAAA A", ask: "AAAA a.example", instead: "A a.example" },
    { rule: "name prefix old new", ask: "A old.example", instead: "A new.example" },
    { rule: "name prefix old new", ask: "A older.example", instead: "A older.example" },
    { rule: "name a.example ..", ask: "A a.example", instead: "A a.example" },
  ];
  test.each(cases)("$rule: $ask", ({ rule, ask, instead, back: [from, to] = ["x.other", "x.other"] }) => {
    const { servers, problems } = readOverride(`rewrite ${rule}`);
    expect(problems).toEqual([]);
    const [type = "", name = ""] = ask.split(" ");
    const asked = { name, type: typeNumber(type) ?? 0 };
    const { question, restore } = applyRewrites(servers[0]?.rewrites ?? [], asked) ?? {
      question: asked,
      restore: (answer) => answer,
    };
    expect(`${typeName(question.type)} ${question.name}`).toBe(instead);
    const answer = restore(found([addressRecord(from, 5, "192.0.2.1")]));
    expect(answer.answers[0]?.name).toBe(to);
  });

  test("goes on to the next rule where it is told to", () => {
    const [server] = readOverride("rewrite continue name a b\nrewrite name b c\nrewrite name c d").servers;
    const rewritten = applyRewrites(server?.rewrites ?? [], { name: "a", type: 1 });
    expect(rewritten?.question.name).toBe("c");
    expect(rewritten?.restore(found([addressRecord("c", 5, "192.0.2.1")])).answers[0]?.name).toBe("a");
  });

  test("changes the time of records, and what they lead to", () => {
    const text =
      "rewrite continue ttl regex (.*)\\.rocks 30-300\nrewrite name regex (.*)\\.rocks {0} answer value (.*)\\.consul\\. {1}.rocks.";
    const rewritten = applyRewrites(readOverride(text).servers[0]?.rewrites ?? [], {
      name: "a.rocks",
      type: 5,
    });
    const record = nameRecord("a.rocks", 5, "CNAME", "b.consul");
    expect(rewritten?.restore(found([record])).answers).toEqual([
      nameRecord("a.rocks", 30, "CNAME", "b.rocks"),
    ]);
  });
});

function textOf(bytes: Uint8Array = new Uint8Array(0)): string {
  return bytes.length === 4 ? [...bytes].join(".") : bytes[0] === 0x20 ? "2001:db8::1" : "";
}
