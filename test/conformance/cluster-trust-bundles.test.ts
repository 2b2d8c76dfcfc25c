import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CERTIFICATE } from "#testing/certificates.ts";
import { type Kubectl, newestKubectl } from "../integration/front/kubectl.ts";
import { startTestControlPlane, type TestControlPlane } from "./control-plane.ts";

const API = "/apis/certificates.k8s.io/v1beta1";
const SERVING = "kubernetes.io/kube-apiserver-serving";

let plane: TestControlPlane;
let kubectl: Kubectl;

beforeAll(async () => {
  plane = await startTestControlPlane({
    featureGates: [
      { feature: "ClusterTrustBundle", isEnabled: true },
      { feature: "ClusterTrustBundleProjection", isEnabled: true },
    ],
    runtimeConfig: [{ api: "certificates.k8s.io/v1beta1/clustertrustbundles", isEnabled: true }],
  });
  kubectl = newestKubectl(plane);
});

afterAll(async () => {
  await plane[Symbol.asyncDispose]();
});

function aBundle(name: string, spec: object): string {
  const apiVersion = "certificates.k8s.io/v1beta1";
  return JSON.stringify({ apiVersion, kind: "ClusterTrustBundle", metadata: { name }, spec });
}

test("the authority of the API server is published", async () => {
  await kubectl.run(
    "wait",
    "clustertrustbundle",
    `--field-selector=spec.signerName=${SERVING}`,
    "--for=create",
  );
  const list = await kubectl.run(
    "get",
    "clustertrustbundles",
    `--field-selector=spec.signerName=${SERVING}`,
    "-o",
    "json",
  );
  const { items } = JSON.parse(list) as {
    items: { metadata: { name: string }; spec: { trustBundle: string } }[];
  };
  expect(items.map(({ spec }) => spec.trustBundle)).toEqual([plane.api.pki.authorities["server-ca"]]);
  expect(items[0]?.metadata.name).toMatch(/^kubernetes\.io:kube-apiserver-serving:[0-9a-f]{24}$/);
});

test("the kind is told of and stored as others are", async () => {
  expect(await kubectl.run("api-resources", "--api-group=certificates.k8s.io", "--no-headers")).toMatch(
    /clustertrustbundles +certificates\.k8s\.io\/v1beta1 +false +ClusterTrustBundle/,
  );
  expect(await kubectl.run("explain", "clustertrustbundle.spec.signerName")).toContain(
    "the associated signer",
  );
  await kubectl.pipe(aBundle("mine", { trustBundle: CERTIFICATE }), "create", "-f-");
  const signed = { signerName: "example.com/a", trustBundle: CERTIFICATE };
  await kubectl.pipe(aBundle("example.com:a:b", signed), "apply", "--server-side", "-f-");
  const table = await kubectl.run("get", "clustertrustbundle", "mine", "example.com:a:b");
  expect(table.split("\n").map((line) => line.split(/ +/))).toEqual([
    ["NAME", "SIGNERNAME"],
    ["mine", "<none>"],
    ["example.com:a:b", "example.com/a"],
    [""],
  ]);
  const { stderr } = await kubectl.try(aBundle("a:b", { trustBundle: "" }), "create", "-f-");
  expect(stderr).toContain('ClusterTrustBundle without signer name must not have ":" in its name');
});

describe("service accounts and nodes", () => {
  const groups = ["--as-group=system:authenticated"];
  test.each([
    ["get", "system:serviceaccount:default:default", "system:serviceaccounts", "yes"],
    ["watch", "system:node:n1", "system:nodes", "yes"],
    ["get", "jane", "developers", "no"],
  ])("may %s bundles as %s: %s %s", async (verb, user, group, want) => {
    const flags = [`--as=${user}`, `--as-group=${group}`, ...groups];
    const { stdout } = await kubectl.try("", "auth", "can-i", verb, "clustertrustbundles", ...flags);
    expect(stdout.trim()).toBe(want);
  });
});

test("pods keep what they say of bundles", async () => {
  const source = { clusterTrustBundle: { signerName: "example.com/a", labelSelector: {}, path: "ca.pem" } };
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "reader", namespace: "default" },
    spec: {
      containers: [{ name: "app", image: "app:1" }],
      volumes: [{ name: "trust", projected: { sources: [source] } }],
    },
  };
  await kubectl.run("wait", "serviceaccount/default", "--for=create", "--timeout=30s");
  await kubectl.pipe(JSON.stringify(pod), "create", "-f-");
  const sources = await kubectl.run(
    "get",
    "pod",
    "reader",
    "-o",
    "jsonpath={.spec.volumes[0].projected.sources}",
  );
  expect(JSON.parse(sources)).toEqual([source]);
});

test("nothing else of the version is there", async () => {
  const { stderr } = await kubectl.try("", "get", "--raw", `${API}/podcertificaterequests`);
  expect(stderr).toContain("could not find the requested resource");
});
