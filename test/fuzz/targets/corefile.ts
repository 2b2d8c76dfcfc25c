import { CorefileError, type Directive, parseCorefile } from "#network/dns/corefile/directive.ts";
import { readOverride, readServers } from "#network/dns/corefile/read-server-block.ts";
import { applyRewrites } from "#network/dns/rewrite.ts";
import { isName } from "#network/dns/wire/domain-name.ts";
import { ensure, textTarget } from "../engine/target.ts";

/** What users write into the ConfigMap `coredns-custom`. */
export const target = textTarget({
  seeds: [
    "corp.example:53 {\n  errors\n  cache 30\n  forward . 10.0.0.1 [2001:db8::1]:5353 {\n    policy sequential\n  }\n}\n",
    'hosts /etc/hosts {\n  192.0.2.7 a.example *.b.example # "c"\n  ttl 60\n  fallthrough\n}\nlog\n',
    "rewrite stop {\n  name suffix .a.example .b.example answer auto\n}\nrewrite continue ttl exact a 5-10\nrewrite type A AAAA\n",
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
      for (const { rewrites } of servers) {
        const rewritten = applyRewrites(rewrites, { name: "x.a.example", type: 1 });
        ensure(rewritten === undefined || isName(rewritten.question.name), "Names become names");
      }
    };
  },
});

function isInOrder({ line, block }: Directive): boolean {
  return block.every((inner) => inner.line >= line && isInOrder(inner));
}
