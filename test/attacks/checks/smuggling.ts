import type { Weakening } from "../proof/weakening.ts";
import { checksOf } from "./rows.ts";

const LISTENER = "src/https/listener.ts";
const HOST = "src/https/host-header.ts";
const FRONT_PROXY = "src/apiserver/authentication/front-proxy.ts";
const IMPERSONATION = "src/apiserver/impersonation/impersonation-headers.ts";
const BEARER = "src/https/bearer-token.ts";
const HEADERS = "src/apiserver/backends/proxy-headers.ts";

export const smugglingChecks: readonly Weakening[] = [
  ...checksOf("test/attacks/smuggling.test.ts", [
    [
      "headers of others are not believed",
      "of its sender by",
      FRONT_PROXY,
      "if (certificate?.isFrontProxy !== true) return undefined;",
      `const said = ["x-remote-user", "x-forwarded-user", "x_remote_user", "x-client-cn", "x-real-ip"].find((name) => credentials.header(name) !== undefined);
      if (said !== undefined) return { name: "system:admin", groups: ["system:masters"] };
      if (certificate?.isFrontProxy !== true) return undefined;`,
    ],
    [
      "a header that begins alike is another",
      "query in a header",
      IMPERSONATION,
      "lines.filter(([each]) => each === name)",
      "lines.filter(([each]) => each.startsWith(name))",
    ],
    [
      "nobody acts as another without a certificate",
      "query in a header, without",
      BEARER,
      "return token === undefined ? undefined : await ownerOf(token, tokens, notes);",
      `return token === undefined ? { name: "system:admin", groups: [] } : await ownerOf(token, tokens, notes);`,
    ],
    [
      "the first user to be counts",
      "second user",
      IMPERSONATION,
      `const [name = ""] = valuesOf("impersonate-user");`,
      `const name = valuesOf("impersonate-user").at(-1) ?? "";`,
    ],
    [
      "all groups to be in are asked for",
      "groups to be in",
      "src/apiserver/impersonation/impersonate.ts",
      `    ...groups.map((name) => question(mode, user, { group: groupOf(mode), resource: "groups", name })),\n`,
      "",
    ],
    [
      "the first token counts",
      "second token",
      BEARER,
      `credentials.header("authorization")`,
      `credentials.headerLines("authorization").at(-1)?.[1]`,
    ],
    [
      "what is no request is refused",
      "head that is not clear|body that is not clear",
      "src/https/plain-refusal.ts",
      `: "400 Bad Request";`,
      `: "200 OK";`,
    ],
    [
      "a request has a host",
      "no host",
      HOST,
      `if (host === undefined) return`,
      "if (host === undefined) return undefined;\n  if (false) return",
    ],
    ["a request has one host", "two hosts", HOST, "if (others.length > 0)", "if (false)"],
    [
      "a host is a name or an address",
      "host that is none",
      HOST,
      "return HOST.test(host) ?",
      "return host !== undefined ?",
    ],
    ["a request has a version", "no version", HOST, `if (httpVersion === "0.9")`, "if (false)"],
    [
      "nothing is answered behind an upgrade",
      "an upgrade hides",
      LISTENER,
      "const upgrade = new UpgradeConnection(socket, head);",
      `if (head.length > 0) socket.write("HTTP/1.1 200 OK\\r\\n\\r\\n");\n    const upgrade = new UpgradeConnection(socket, head);`,
    ],
    [
      "nobody is connected to other hosts",
      "to another host",
      LISTENER,
      `    this.#server.on("upgrade",`,
      `    this.#server.on("connect" as never, (_request: unknown, socket: Duplex) => socket.end("HTTP/1.1 200 OK\\r\\n\\r\\n"));\n    this.#server.on("upgrade",`,
    ],
  ]),
  ...checksOf("src/apiserver/backends/proxy-headers.test.ts", [
    [
      "backends hear nothing of tokens",
      "",
      "src/apiserver/backends/own-headers.ts",
      `name === "authorization" || `,
      "",
    ],
    [
      "backends hear nothing of impersonation",
      "",
      "src/apiserver/backends/own-headers.ts",
      ` || name.startsWith("impersonate-")`,
      "",
    ],
    [
      "backends hear no tokens of WebSockets",
      "",
      "src/apiserver/backends/own-headers.ts",
      "withoutToken(String(protocols))",
      "String(protocols)",
    ],
    [
      "headers are for one connection",
      "",
      HEADERS,
      "&& !named.includes(name),\n  );\n  return {",
      ",\n  );\n  return {",
    ],
  ]),
];

const CLIENTS = "src/https/client-certificate.ts";
const PEER = "src/https/peer.ts";
const FRONT = "test/integration/front/authentication.test.ts";

export const certificateChecks: readonly Weakening[] = [
  ...checksOf("test/attacks/certificates.test.ts", [
    [
      "TLS has verified a certificate",
      "signed itself|taken the name|has signed|kubelet's server|API server",
      PEER,
      "socket.authorized && leadsTo(shown as DetailedPeerCertificate, authorities)",
      "shown !== undefined && authorities.length > 0",
    ],
    [
      "a certificate leads to its authority",
      "front proxy as",
      PEER,
      "socket.authorized && leadsTo(shown as DetailedPeerCertificate, authorities)",
      "socket.authorized && authorities.length > 0",
    ],
    ["a certificate names somebody", "names nobody", CLIENTS, `if (commonName === "") return undefined;`, ""],
  ]),
  ...checksOf(FRONT, [
    ["a certificate is trusted", "a certificate", CLIENTS, "if (!trusted) throw", "if (false) throw"],
    [
      "a front proxy has its authority",
      "front proxy",
      FRONT_PROXY,
      "if (certificate?.isFrontProxy !== true) return undefined;",
      "if (certificate === undefined) return undefined;",
    ],
    [
      "a front proxy has its name",
      "front proxy",
      FRONT_PROXY,
      "if (allowedNames.length > 0 && !allowedNames.includes(commonName))",
      "if (false)",
    ],
  ]),
];
