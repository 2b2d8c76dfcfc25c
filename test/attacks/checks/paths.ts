import type { Weakening } from "../proof/weakening.ts";
import { ALLOW_ALL } from "./allow-all.ts";
import { checksOf } from "./rows.ts";

const INFO = "src/apiserver/front/request-info.ts";
const CHAIN = "src/apiserver/front/request-chain.ts";
const EXCHANGE = "src/https/exchange.ts";
const SPLIT = `return trimmed === "" ? [] : trimmed.split("/");`;
const READ = "const path = mark < 0 ? url : url.slice(0, mark);";
const DECODE = `path.includes("%") ? decodeURIComponent(path) : path`;

/** What file systems and some clients make of a path. */
const RESOLVE = `return trimmed.split("/").reduce<string[]>((done, each) => {
  if (each === "..") return done.slice(0, -1);
  return each === "" || each === "." ? done : [...done, each];
}, []);`;

export const pathChecks: readonly Weakening[] = checksOf("test/attacks/paths.test.ts", [
  ["a path is not resolved", "", INFO, SPLIT, RESOLVE],
  [
    "slashes count where they stand",
    "two slashes at the beginning",
    EXCHANGE,
    READ,
    `const path = (mark < 0 ? url : url.slice(0, mark)).replaceAll(/\\/+/g, "/");`,
  ],
  [
    "what is open leads nowhere else",
    "behind what is open",
    EXCHANGE,
    READ,
    `const path = (mark < 0 ? url : url.slice(0, mark)).replace(/^\\/healthz(?=\\/api)/, "");`,
  ],
  ["what a path names is allowed", "", ALLOW_ALL.file, ...ALLOW_ALL.replace],
  [
    "a path is decoded once",
    "twice",
    EXCHANGE,
    DECODE,
    "decodeURIComponent(decodeURIComponent(path))",
    ALLOW_ALL,
  ],
  [
    "a path that is decoded once has no more dots",
    "twice encoded dots",
    EXCHANGE,
    DECODE,
    "decodeURIComponent(decodeURIComponent(path))",
    { file: INFO, replace: [SPLIT, RESOLVE] },
  ],
  [
    "a method is in upper case",
    "by get",
    "src/https/plain-refusal.ts",
    `: "400 Bad Request";`,
    `: "200 OK";`,
  ],
  [
    "a tunnel is a node's",
    "of tunnels",
    "src/join/tunnel/tunnel-hub.ts",
    "if (name.startsWith(NODE_PREFIX) && groups.includes(NODES_GROUP)) return",
    "if (groups.length > 0) return",
    ALLOW_ALL,
  ],
  ["a path is encoded as it should be", "too many bytes|broken encoding", EXCHANGE, DECODE, "unescape(path)"],
  [
    "a path knows no other separators",
    "backslashes|semicolon|parameters",
    EXCHANGE,
    DECODE,
    `decodeURIComponent(path).replaceAll("\\\\", "/").replaceAll(/;[^/]*/g, "")`,
    { file: INFO, replace: [SPLIT, `return new URL(path, "https://a").pathname.split("/").slice(1);`] },
  ],
  [
    "a path begins with what it is about",
    "behind|absolute|another host|question mark|hash|with what is open",
    INFO,
    `const trimmed = path.replace(`,
    `const trimmed = path.replace(/^.*?(?=\\/apis?\\/)/, "").replace(`,
  ],
  [
    "a method is not in a header",
    "method in a header",
    CHAIN,
    "parseRequestInfo(exchange.method, exchange.path, exchange.query)",
    `parseRequestInfo(exchange.header("x-http-method-override") ?? exchange.method, exchange.header("x-rewrite-url") ?? exchange.path, exchange.query)`,
    ALLOW_ALL,
  ],
  [
    "a namespace is in its path",
    "list of its own",
    INFO,
    "const target = { ...groupVersionOf(segments), ...located };",
    `const target = { ...groupVersionOf(segments), ...located, ...(query.size > 0 && { namespace: "kube-system" }) };`,
    ALLOW_ALL,
  ],
  [
    "a page is of its list",
    "token of a page",
    "src/apiserver/storage/continue-token.ts",
    `if (posix.normalize(key) !== key || key.endsWith("/")) throw invalidToken(start);`,
    "",
  ],
  [
    "what is in no namespace is not found in one",
    "when it is in none",
    "src/apiserver/front/find-served.ts",
    "if (!namespaced) return namespace !== undefined;",
    "if (!namespaced) return false;",
  ],
  [
    "what is no resource is not for everybody",
    "by nobody",
    CHAIN,
    "if (this.#dependencies.anonymous(exchange.path, route)) return anonymousUser;",
    "if (route.path !== '') return anonymousUser;",
  ],
]);
