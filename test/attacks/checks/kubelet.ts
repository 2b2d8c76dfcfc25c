import type { Weakening } from "../proof/weakening.ts";
import { checksOf } from "./rows.ts";

const APPLICATION = "src/kubelet/server/kubelet-application.ts";
const AUTHORIZER = "src/kubelet/server/reviewed-access.ts";
const TOKENS = "src/kubelet/server/reviewed-tokens.ts";
const ROUTE = "src/kubelet/server/route.ts";
const CLIENTS = "src/https/client-certificate.ts";
const LOGS = "src/kubelet/server/logs/container-log-routes.ts";
const AUTHENTICATE = "const user = await authenticator.authenticate(exchange);";

export const kubeletChecks: readonly Weakening[] = checksOf("test/attacks/kubelet.test.ts", [
  [
    "a kubelet is that of its node",
    "for that of another node",
    "src/apiserver/streams/direct-kubelet-connector.ts",
    "serverName: address.host, commonName:",
    "serverName: address.host, organization:",
  ],
  [
    "a kubelet asks who it is",
    "to nobody|bearer token",
    APPLICATION,
    `throw new ServingError(401, "Unauthorized");`,
    `return { name: "system:anonymous", groups: [] };`,
  ],
  [
    "a kubelet serves few",
    "to a user|name alone|the node itself|user is another",
    AUTHORIZER,
    "user.groups.includes(PRIVILEGED_GROUP)",
    "user.groups.length > 0",
  ],
  [
    "a kubelet does what the API server says",
    "to a user|name alone|the node itself|user is another|no such right",
    AUTHORIZER,
    "const isAllowed = status?.allowed === true;",
    "const isAllowed = status !== undefined;",
  ],
  [
    "a kubelet asks for one right at a time",
    "no such right",
    AUTHORIZER,
    `resource: "nodes", subresource, name`,
    `resource: "nodes", subresource: "metrics", name`,
  ],
  [
    "a kubelet knows no tokens by itself",
    "a bearer token|another audience",
    TOKENS,
    "return status?.authenticated === true ? reviewedUser(status.user) : undefined;",
    "return reviewedUser(status?.user);",
  ],
  [
    "a kubelet goes by groups",
    "name alone",
    AUTHORIZER,
    "if (user.groups.includes(PRIVILEGED_GROUP)) return true;",
    `if (user.groups.includes(PRIVILEGED_GROUP) || user.name === "kube-apiserver-kubelet-client") return true;`,
  ],
  [
    "a kubelet knows one authority",
    "authority of|for servers|has expired",
    CLIENTS,
    "if (!trusted) throw",
    "if (false) throw",
  ],
  [
    "a kubelet looks at the end of certificates",
    "has expired",
    CLIENTS,
    "if (clock.now() > notAfter) throw",
    "if (false) throw",
    { file: CLIENTS, replace: ["if (!trusted) throw", "if (false) throw"] },
  ],
  [
    "a kubelet has no front proxy",
    "headers of a front proxy",
    APPLICATION,
    AUTHENTICATE,
    `const user = exchange.header("x-remote-user") ? { name: "x", groups: ["system:masters"] } : await authenticator.authenticate(exchange);`,
  ],
  [
    "a kubelet knows no impersonation",
    "user is another",
    APPLICATION,
    AUTHENTICATE,
    `const user = exchange.header("impersonate-user") ? { name: "x", groups: ["system:masters"] } : await authenticator.authenticate(exchange);`,
  ],
  [
    "a kubelet serves what it has",
    "not even",
    ROUTE,
    `if (found.length === 0) throw new ServingError(404, "404: Page Not Found");`,
    `if (found.length === 0) return { route: routes[0]!, parameters: {} };`,
  ],
  [
    "a command needs a connection of its own",
    "not even the API server gets GET /exec",
    "src/kubelet/server/remotecommand/open-streams.ts",
    `if (exchange.upgrade === undefined) throw new ServingError(500, "Upgrade request required");`,
    `if (exchange.upgrade === undefined) throw new ServingError(200, "");`,
  ],
  [
    "a log is a container's",
    "containerLogs",
    LOGS,
    "if (findContainerSpec(pod, container) === undefined)",
    "if (false)",
  ],
]);
