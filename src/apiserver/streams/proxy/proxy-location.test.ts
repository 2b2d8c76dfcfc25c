import { describe, expect, test } from "bun:test";
import type { RequestTarget } from "#apimachinery/request.ts";
import { aNode, anEndpoints, aPod, aService } from "#testing/objects.ts";
import { type ProxiedObjects, proxyLocation } from "./proxy-location.ts";

const node = (name: string, address: string) =>
  aNode(name, {
    status: {
      addresses: [{ type: "InternalIP", address }],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    },
  });
const pod = (name: string, ip: string, ports: readonly number[] = []) =>
  aPod(name, {
    spec: {
      containers: [
        { name: "app", image: "app:1" },
        { name: "web", image: "web:1", ports: ports.map((containerPort) => ({ containerPort })) },
      ],
    },
    status: { podIPs: [{ ip }] },
  });
const endpointOf = (name: string, ip: string) => ({
  ip,
  targetRef: { kind: "Pod", namespace: "default", name },
});

const STORED = [
  node("n1", "192.0.2.1"),
  node("own", "127.0.0.1"),
  pod("web", "10.42.0.5", [8080, 9090]),
  pod("bare", "10.42.0.6"),
  pod("six", "fd00::6"),
  pod("local", "169.254.169.254"),
  aPod("waiting"),
  aService("web", { ports: [{ name: "http", port: 80 }, { port: 81 }] }),
  anEndpoints("web", {
    subsets: [
      { addresses: [endpointOf("bare", "10.42.0.6")], ports: [{ name: "other", port: 1 }] },
      {
        addresses: [
          { ip: "10.42.0.9" },
          endpointOf("web", "10.42.0.10"),
          endpointOf("web", "10.42.0.5"),
          endpointOf("bare", "10.42.0.6"),
        ],
        ports: [{ name: "http", port: 8080 }, { port: 9090 }],
      },
    ],
  }),
  anEndpoints("forged", {
    subsets: [{ addresses: [endpointOf("web", "169.254.169.254")], ports: [{ name: "http", port: 80 }] }],
  }),
  anEndpoints("empty"),
];

const objects: ProxiedObjects = {
  get: (kind: string, { name }: { readonly name: string }) =>
    // The overloads pair every kind with its type, as the search does.
    STORED.find((each) => each.kind === kind && each.metadata.name === name) as never,
};

function locate(path: string, random = 0): string {
  const [resource = "", name = ""] = path.split("/");
  const target: RequestTarget = { group: "", version: "v1", resource, namespace: "default", name };
  const location = proxyLocation(target, objects, () => random);
  if (location.to === "kubelet") return `kubelet of ${location.node.metadata.name}`;
  return `${location.scheme}://${location.host} ${location.port}`;
}

describe("proxyLocation", () => {
  test.each([
    ["nodes/n1", "kubelet of n1"],
    ["nodes/n1:10250", "kubelet of n1"],
    ["nodes/https:n1:10250", "kubelet of n1"],
    ["nodes/n1:9100", "http://192.0.2.1 9100"],
    ["nodes/https:n1:9100", "https://192.0.2.1 9100"],
    ["pods/web", "http://10.42.0.5 8080"],
    ["pods/web:9090", "http://10.42.0.5 9090"],
    ["pods/https:web:", "https://10.42.0.5 8080"],
    ["pods/bare", "http://10.42.0.6 80"],
    ["pods/https:bare:", "https://10.42.0.6 443"],
    ["pods/six:81", "http://fd00::6 81"],
    ["services/web:http", "http://10.42.0.5 8080"],
    ["services/web:80", "http://10.42.0.5 8080"],
    ["services/web:81", "http://10.42.0.5 9090"],
    ["services/web", "http://10.42.0.5 9090"],
    ["services/https:web:http", "https://10.42.0.5 8080"],
  ])("%s leads to %s", (path, want) => {
    expect(locate(path)).toBe(want);
  });

  test("spreads over the endpoints of a service", () => {
    expect([0, 0.49, 0.5, 0.99].map((random) => locate("services/web:http", random))).toEqual([
      "http://10.42.0.5 8080",
      "http://10.42.0.5 8080",
      "http://10.42.0.6 8080",
      "http://10.42.0.6 8080",
    ]);
  });

  test.each([
    ["nodes/absent", 404, 'nodes "absent" not found'],
    ["nodes/own", 400, "address not allowed"],
    ["nodes/a:b:c:d", 400, 'invalid node request "a:b:c:d"'],
    ["pods/absent", 404, 'pods "absent" not found'],
    ["pods/waiting", 400, "address not allowed"],
    ["pods/local", 400, "address not allowed"],
    ["pods/ftp:web:1", 400, 'invalid pod request "ftp:web:1"'],
    ["pods/:80", 400, 'invalid pod request ":80"'],
    ["services/web:82", 503, 'no service port 82 found for service "web"'],
    ["services/absent:80", 404, 'services "absent" not found'],
    ["services/absent", 404, 'endpoints "absent" not found'],
    ["services/empty", 503, 'no endpoints available for service "empty"'],
    ["services/web:ftp", 503, 'no endpoints available for service "web:ftp"'],
    ["services/forged:http", 503, 'no endpoints available for service "forged:http"'],
    ["services/:", 400, 'invalid service request ":"'],
  ])("%s leads nowhere: %i %s", (path, code, message) => {
    expect(() => locate(path)).toThrow(
      expect.objectContaining({ status: expect.objectContaining({ code, message }) }),
    );
  });
});
