import type { Weakening } from "../proof/weakening.ts";
import { ALLOW_ALL } from "./allow-all.ts";
import { checksOf } from "./rows.ts";

const SENDER = "src/join/issue/admit-sender.ts";
const NAMES = "src/join/issue/check-names.ts";
const REQUEST = "src/join/issue/read-request.ts";
const SERVICE = "src/join/issue/join-service.ts";
const TOKENS = "src/join/issue/server-tokens.ts";

export const joiningChecks: readonly Weakening[] = checksOf("test/attacks/joining.test.ts", [
  [
    "who joins shows a token",
    "without a token|as a user|as another|no member",
    SENDER,
    `if (token === undefined) return "no token was shown; give one with --token";`,
    "if (token === undefined) return undefined;",
  ],
  [
    "a token is the server's",
    "another token|beginning of|no secret",
    TOKENS,
    "if (server !== undefined && isSameSecret(server, secret)) return true;",
    "if (server !== undefined) return true;",
  ],
  [
    "a bootstrap token is known",
    "bootstrap token",
    SENDER,
    "if (!token || !isSameSecret(token.secret, shown.secret)) return unknown;",
    "if (!token) return undefined;",
    {
      file: SENDER,
      replace: ["if (shown === undefined) return unknown;", "if (shown === undefined) return undefined;"],
    },
  ],
  [
    "a node comes back as itself",
    "as another node",
    SENDER,
    "name === `system:node:${nodeName}` &&",
    `name.startsWith("system:node:") &&`,
  ],
  ["nodes are members of the nodes", "no member of the nodes", SENDER, "&& groups.includes(NODES_GROUP)", ""],
  [
    "a node has its password",
    "of (a name that another|another's name)",
    SERVICE,
    "if (!(await this.#dependencies.passwords.claim(request.nodeName, request.password)))",
    "if (false)",
  ],
  [
    "names of servers are theirs",
    "server's (name|node)",
    NAMES,
    "if (ofServers.includes(nodeName))",
    "if (false)",
  ],
  [
    "who joins has a name of a node",
    "name that is",
    NAMES,
    "if (checkDNS1123Subdomain(nodeName).length > 0)",
    "if (false)",
  ],
  [
    "addresses of the cluster are its own",
    "server's address|of a Service|at loopback",
    NAMES,
    "if (isReserved)",
    "if (false)",
    { file: NAMES, replace: ["if (isUnreachable(address)) return", "if (false) return"] },
  ],
  [
    "a node can be reached",
    "at (loopback|::|0|fe80)",
    NAMES,
    "if (isUnreachable(address)) return",
    "if (false) return",
  ],
  [
    "an address is one",
    "at a name",
    NAMES,
    "if (address === undefined) return",
    "if (address === undefined) continue;\n    if (false) return",
  ],
  [
    "who joins has the key",
    "somebody else's key",
    REQUEST,
    `verify("sha256", request.signed, key, request.signature);`,
    "request.signature.length > 0;",
  ],
  [
    "who joins asks for certificates",
    "no key|half a request",
    SERVICE,
    "if (keys === undefined) return refused(400,",
    "if (keys === undefined) return refused(500,",
    {
      file: SERVICE,
      replace: [
        "if (request === undefined) return refused(400,",
        "if (request === undefined) return refused(500,",
      ],
    },
  ],
  [
    "a node's certificate is a node's",
    "of more than its subject",
    "src/join/issue/node-certificates.ts",
    `organizations: ["system:nodes"] };`,
    `organizations: ["system:masters"] };`,
  ],
  [
    "what is the server's own is for who may",
    "is not open to (a user|a node|the)",
    ALLOW_ALL.file,
    ...ALLOW_ALL.replace,
    {
      file: "src/apiserver/authorization/node/node-authorizer.ts",
      replace: ["rules.some((rule) => ruleAllows(rule, asked)) ? ALLOW : NO_OPINION", "ALLOW"],
    },
    {
      file: "src/apiserver/authorization/node/node-authorizer.ts",
      replace: [": refuse(`no relationship found", ": true ? ALLOW : refuse(`no relationship found"],
    },
    {
      file: "src/join/tunnel/tunnel-hub.ts",
      replace: ["if (name.startsWith(NODE_PREFIX) && groups.includes(NODES_GROUP))", "if (name !== '')"],
    },
  ],
  [
    "what is the server's own is not for nobody",
    "is not open to (nobody|who joins)",
    "src/apiserver/front/request-chain.ts",
    "if (this.#dependencies.anonymous(exchange.path, route)) return anonymousUser;",
    "if (exchange.path !== '') return anonymousUser;",
  ],
]);
