import { describe, expect, test } from "bun:test";
import { typeNumber } from "../wire/record-type.ts";
import type { Answer } from "../wire/reply.ts";
import { readServers } from "./read-server-block.ts";
import { parseRecord } from "./record-text.ts";

// The rules are those of CoreDNS' README, and what users of k3s write.
const ADDRESS = String.raw`template IN A example {
  match (^|[.])ip-(?P<a>[0-9]*)-(?P<b>[0-9]*)-(?P<c>[0-9]*)-(?P<d>[0-9]*)[.]example[.]$
  answer "{{ .Name }} 60 IN A {{ .Group.a }}.{{ .Group.b }}.{{ .Group.c }}.{{ .Group.d }}"
  fallthrough
}`;
const REVERSE = String.raw`template IN PTR in-addr.arpa {
  match ^(?P<d>[0-9]*)[.](?P<c>[0-9]*)[.](?P<b>[0-9]*)[.](?P<a>[0-9]*)[.]in-addr[.]arpa[.]$
  answer "{{ .Name }} 60 IN PTR ip-{{ .Group.a }}-{{ .Group.b }}-{{ .Group.c }}-{{ .Group.d }}.example."
}`;
const HEXADECIMAL = String.raw`template IN A example {
  match "^ip0a(?P<b>[a-f0-9]{2})(?P<c>[a-f0-9]{2})(?P<d>[a-f0-9]{2})[.]example[.]$"
  answer "{{ .Name }} 60 IN A 10.{{ parseInt .Group.b 16 8 }}.{{ parseInt (index .Match 2) 16 8 }}.{{parseInt .Group.d 16 8}}"
}`;
const COMPLETED = String.raw`template IN ANY example.com {
  match "example\.com\.(dc1\.example\.com\.)$"
  rcode NXDOMAIN
  authority "{{ index .Match 1 }} 60 IN SOA ns1.{{ index .Match 1 }} admin.{{ index .Match 1 }} (1 60 120 86400 30)"
  fallthrough
}`;
const MAIL = `template IN MX example {
  answer "{{ .Name }} IN 60 MX 10 {{ .Zone }}"
  additional "{{ .Zone }} 60 IN A 10.0.0.1"
}`;

describe("template", () => {
  const cases: readonly { rule: string; ask: string; want: readonly string[] | undefined }[] = [
    { rule: ADDRESS, ask: "A ip-10-1-2-3.example", want: ["60 A 10.1.2.3"] },
    { rule: ADDRESS, ask: "A www.ip-10-1-2-3.example", want: ["60 A 10.1.2.3"] },
    { rule: ADDRESS, ask: "A ip-10-1-2-999.example", want: ["SERVFAIL"] },
    { rule: ADDRESS, ask: "AAAA ip-10-1-2-3.example", want: undefined },
    { rule: ADDRESS, ask: "A www.example", want: undefined },
    { rule: ADDRESS, ask: "A ip-10-1-2-3.example.org", want: undefined },
    { rule: REVERSE, ask: "PTR 3.2.1.10.in-addr.arpa", want: ["60 PTR ip-10-1-2-3.example"] },
    { rule: REVERSE, ask: "PTR x.in-addr.arpa", want: ["SERVFAIL"] },
    { rule: HEXADECIMAL, ask: "A ip0a7b7b7b.example", want: ["60 A 10.123.123.123"] },
    { rule: "template ANY AAAA {\n rcode NXDOMAIN\n}", ask: "AAAA a.example", want: ["NXDOMAIN"] },
    { rule: "template ANY AAAA {\n rcode NXDOMAIN\n}", ask: "A a.example", want: undefined },
    { rule: "template ANY ANY {\n rcode REFUSED\n}", ask: "TXT a.example", want: ["REFUSED"] },
    {
      rule: COMPLETED,
      ask: "A x.example.com.dc1.example.com",
      want: ["NXDOMAIN", "60 SOA ns1.dc1.example.com"],
    },
    { rule: COMPLETED, ask: "A x.example.com", want: undefined },
    { rule: MAIL, ask: "MX a.example", want: ["60 MX example", "60 A 10.0.0.1"] },
    {
      rule: 'template IN A {\n answer "{{ .Name }} 60 IN CNAME traefik.kube-system.svc.cluster.local."\n}',
      ask: "A app.example",
      want: ["60 CNAME traefik.kube-system.svc.cluster.local"],
    },
    {
      rule: 'template IN TXT {\n answer "{{.Zone}} IN TXT \\"{{ .Type }} of {{- .Name -}} .\\""\n}',
      ask: "TXT a.example",
      want: ["3600 TXT TXT ofa.example.."],
    },
  ];
  test.each(cases)("answers $ask with $want", ({ rule, ask, want }) => {
    const { servers, problems } = readServers(`. {\n${rule}\n}`);
    expect(problems).toEqual([]);
    const [type = "", name = ""] = ask.split(" ");
    const answer = servers[0]?.templates[0]?.answer({ name, type: typeNumber(type) ?? 0 });
    expect(answer && describeAnswer(answer)).toEqual(want && [...want]);
  });

  const mistakes: readonly (readonly [rule: string, says: string])[] = [
    ["template CH A {\n rcode REFUSED\n}", '"CH" is no class: only names of class IN are answered'],
    ["template IN NOTHING {\n rcode REFUSED\n}", '"NOTHING" is no type of records that is known'],
    ["template IN A", "template needs an answer, an authority or an rcode"],
    ["template IN A {\n rcode BAD\n}", '"BAD" is no code of an answer that is known'],
    ["template IN A {\n match (\n rcode NXDOMAIN\n}", 'the pattern "(" cannot be read'],
    ["template IN A {\n match (?=a)\n rcode NXDOMAIN\n}", 'the pattern "(?=a)" cannot be read'],
    ["template IN A {\n reply x\n}", 'the option "reply" of template is not known'],
    ['template IN A {\n answer "{{ .Remote }}"\n}', '".Remote" in a template is not known'],
    ['template IN A {\n answer "{{ if .Name }}"\n}', '"if" in a template is not known'],
    ['template IN A {\n answer "{{ .Name"\n}', "a template's {{ is not closed"],
  ];
  test.each(mistakes)("refuses %j", (rule, says) => {
    expect(readServers(`. {\n${rule}\n}`).problems[0]).toEndWith(says);
  });
});

describe("parseRecord", () => {
  test.each([
    "a.example 60 IN A 10.0.0",
    "a.example 60 IN A fd00::1",
    "a..example 60 IN A 10.0.0.1",
    "a.example 60 IN MX x a.example",
    "a.example 60 IN SOA a. b. 1 2 3",
    "a.example 60 IN TXT",
    "a.example 60 IN WKS 1",
    "a.example 60 IN CNAME",
    "",
  ])("refuses %j", (text) => {
    expect(() => parseRecord(text)).toThrow(RangeError);
  });

  test("reads places of services, and the root", () => {
    expect(parseRecord("_http._tcp.example. SRV 1 2 80 . ; comment")).toEqual({
      name: "_http._tcp.example",
      type: 33,
      ttl: 3600,
      data: [Uint8Array.of(0, 1, 0, 2, 0, 80), ""],
    });
  });
});

/** The code where it is not NOERROR, and what is told: `60 A 10.0.0.1`. */
function describeAnswer({ rcode, answers, authorities, additionals }: Answer): readonly string[] {
  const code = { 0: [], 2: ["SERVFAIL"], 3: ["NXDOMAIN"], 5: ["REFUSED"] }[rcode] ?? [];
  const records = [...answers, ...authorities, ...additionals].map(({ ttl, type, data }) => {
    const last = type === typeNumber("SOA") ? data[0] : data.at(-1);
    return `${String(ttl)} ${nameOf(type)} ${typeof last === "string" ? last : textOf(type, last)}`;
  });
  return [...code, ...records];
}

function nameOf(type: number): string {
  return ["A", "AAAA", "CNAME", "MX", "PTR", "SOA", "TXT"].find((name) => typeNumber(name) === type) ?? "";
}

function textOf(type: number, bytes: Uint8Array = new Uint8Array(0)): string {
  return type === typeNumber("TXT") ? Buffer.from(bytes).toString("latin1", 1) : [...bytes].join(".");
}
