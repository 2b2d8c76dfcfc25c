import type { Weakening } from "../proof/weakening.ts";
import { checksOf } from "./rows.ts";

const LOCATION = "src/apiserver/streams/proxy/proxy-location.ts";
const TARGETS = "src/join/tunnel/node-targets.ts";

/** Checks behind attacks that other suites try. */
export const otherChecks: readonly Weakening[] = [
  // CVE-2018-1002105
  ...checksOf("src/apiserver/streams/pass-refusal.test.ts", [
    [
      "nothing goes to a backend that has refused an upgrade",
      "",
      "src/apiserver/streams/pass-refusal.ts",
      "client.resume();",
      "client.pipe(backend);",
    ],
  ]),
  ...checksOf("test/integration/front/streams.test.ts", [
    [
      "who gets a shell by GET may create one",
      "permission to upgrade",
      "src/apiserver/streams/require-create.ts",
      `if (outcome !== "allow") throw`,
      `if (outcome === "deny") throw`,
    ],
  ]),
  // CVE-2020-8559
  ...checksOf("test/integration/streams/proxy.test.ts", [
    [
      "backends send nobody elsewhere who asks for an upgrade",
      "an upgrade through a proxy",
      "src/apiserver/streams/upgrade-answer.ts",
      "if (code !== 101 && code < 400)",
      "if (code !== 101 && code < 300)",
    ],
  ]),
  // CVE-2022-3294
  ...checksOf("src/apiserver/streams/proxy/proxy-location.test.ts", [
    [
      "proxies do not lead to the server's own host",
      "",
      "src/apiserver/streams/proxy/proxyable-address.ts",
      "(isIP(host) !== 0 && isLocal(host))",
      "false",
    ],
    [
      "proxies lead to pods that there are",
      "",
      LOCATION,
      ".filter(({ address }) => isOfPod(address, namespace, objects))",
      "",
    ],
  ]),
  // CVE-2022-3172
  ...checksOf("test/integration/aggregation/aggregation.test.ts", [
    [
      "backends hear no lies of front proxies",
      "",
      "src/apiserver/front/request-chain.ts",
      "exchange.dropHeaders(this.#dependencies.isFrontProxyHeader);",
      "",
    ],
    [
      "extension servers do not send clients elsewhere",
      "",
      "src/apiserver/aggregation/proxy/proxy-request.ts",
      "if (code >= 300 && code <= 399 && headers.location !== undefined)",
      "if (false)",
    ],
  ]),
  ...checksOf("src/join/tunnel/node-targets.test.ts", [
    [
      "a tunnel leads to the kubelet",
      "",
      TARGETS,
      "return port === kubelet.port ? kubelet : undefined;",
      "return { host, port };",
    ],
    [
      "a tunnel leads to pods of its node",
      "",
      TARGETS,
      "range === undefined || address.value <= lastOfHost(range)",
      "host === ''",
    ],
  ]),
  // CVE-2019-11245
  ...checksOf("test/integration/kubelet/container-config.test.ts", [
    [
      "nobody is root where that is forbidden",
      "where root is forbidden|passes for non-root",
      "src/kubelet/containers/container-security.ts",
      "if (context.runAsNonRoot !== true) return;",
      "if (context.runAsNonRoot !== undefined) return;",
    ],
  ]),
  // CVE-2019-1002100
  ...checksOf("src/apimachinery/patch/json-patch.test.ts", [
    [
      "a patch has not too many operations",
      "",
      "src/apimachinery/patch/json-patch.ts",
      "if (patch.length > MAX_OPERATIONS)",
      "if (false)",
    ],
  ]),
  // CVE-2021-20206
  ...checksOf("test/integration/network/cni.test.ts", [
    [
      "plugins are those of their folder",
      "",
      "src/network/cni/plugins.ts",
      `if (type.includes("/")) throw`,
      "if (false) throw",
    ],
  ]),
  // CVE-2020-10749, CVE-2020-13597
  ...checksOf("test/e2e/network-bridge.test.ts", [
    [
      "no pod is a router",
      "is a router|one address",
      "src/network/netlink/sysctl.ts",
      `["accept_ra", "accept_redirects"]`,
      `["accept_redirects"]`,
    ],
  ]),
  // CVE-2020-8558
  ...checksOf("test/e2e/network-services.test.ts", [
    [
      "a node's loopback is its own",
      "loopback",
      "src/network/proxy/node-port-rules.ts",
      'matchTranslated(false),\n        verdict("drop"),',
      "matchTranslated(false),",
    ],
  ]),
  // CVE-2020-8563 to 8566, CVE-2019-11250
  ...checksOf("test/conformance/secrecy.test.ts", [
    [
      "credentials are not logged",
      "",
      "src/apiserver/front/request-chain.ts",
      "reason: error.message,",
      `reason: error.message + String(exchange.header("authorization")),`,
    ],
  ]),
  ...checksOf("src/join/servers/endpoint-servers.test.ts", [
    [
      "agents take no pods for servers",
      "",
      "src/join/servers/endpoint-servers.ts",
      "metadata.labels[MANAGED_BY] === undefined",
      "true",
    ],
  ]),
  ...checksOf("src/apiserver/authorization/webhook/webhook-authorizer.test.ts", [
    [
      "long questions are not kept",
      "very long|as long as they are good",
      "src/apiserver/authorization/webhook/webhook-authorizer.ts",
      "if (lengthOf(spec) < MAX_KEPT_LENGTH)",
      "if (true)",
    ],
  ]),
  ...checksOf("src/network/overlay/plan-overlay.test.ts", [
    [
      "no node gets what is for the pods of another",
      "planOverlay",
      "src/network/overlay/plan-overlay.ts",
      "if (linkAddress !== vtepAddressOf(name))",
      "if (false)",
    ],
  ]),
];
