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
  // CVE-2022-3294
  ...checksOf("src/apiserver/streams/proxy/proxy-location.test.ts", [
    [
      "proxies do not lead to the server's own host",
      "",
      LOCATION,
      "if (!isAllowed) throw",
      "if (false) throw",
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
];
