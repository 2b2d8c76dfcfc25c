import { CorefileError, type Directive, parseCorefile } from "#network/dns/corefile/directive.ts";
import { readOverride, readServers } from "#network/dns/corefile/read-server-block.ts";
import { applyRewrites } from "#network/dns/rewrite.ts";
import { isName } from "#network/dns/wire/domain-name.ts";
import { encodeAnswer } from "#network/dns/wire/reply.ts";
import { ensure, textTarget } from "../engine/target.ts";

/** What users write into the ConfigMap `coredns-custom`. */
export const target = textTarget({
  seeds: [
    "corp.example:53 {\n  errors\n  cache 30\n  forward . 10.0.0.1 [2001:db8::1]:5353 {\n    policy sequential\n  }\n}\n",
    'hosts /etc/hosts {\n  192.0.2.7 a.example *.b.example # "c"\n  ttl 60\n  fallthrough\n}\nlog\n',
    "rewrite stop {\n  name suffix .a.example .b.example answer auto\n}\nrewrite continue ttl exact a 5-10\nrewrite type A AAAA\n",
    'template IN A a.example {\n  match ^(?P<x>[a-z]+)[.]a\n  answer "{{ .Name }} 60 IN A 10.0.0.{{ parseInt (index .Match 1) 16 8 }}"\n  fallthrough\n}\n',
    'template ANY ANY {\n  answer "{{ .Zone }} IN MX 1 {{ .Group.x }}"\n  rcode NXDOMAIN\n}\nforward . tls://9.9.9.9%dns.example {\n  failover SERVFAIL\n}\ncache {\n  denial 9984 5\n}\n',
  ],
  dictionary: [
    "{",
    "}",
    "\n",
    '"',
    "#",
    "rewrite ",
    "name ",
    "substring ",
    "answer ",
    "forward ",
    "template ",
    "{{ ",
    " }}",
    "index .Match ",
    "tls://",
    "hosts ",
    "::1",
    "10.0.0.0/8",
  ],
  refusals: [CorefileError],
  open: () => (text) => {
    const directives = parseCorefile(text);
    const { servers } = readOverride(text);
    readServers(text);
    return () => {
      ensure(directives.every(isInOrder), "Directives stand where their lines say");
      for (const { rewrites, templates } of servers) {
        for (const template of templates) {
          const answer = template.answer({ name: "x.a.example", type: 1 });
          if (answer !== undefined) encodeAnswer({ name: "x.a.example", type: 1 }, answer);
        }
        const rewritten = applyRewrites(rewrites, { name: "x.a.example", type: 1 });
        ensure(rewritten === undefined || isName(rewritten.question.name), "Names become names");
      }
    };
  },
});

function isInOrder({ line, block }: Directive): boolean {
  return block.every((inner) => inner.line >= line && isInOrder(inner));
}
