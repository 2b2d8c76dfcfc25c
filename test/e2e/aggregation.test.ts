import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { KubelithHost } from "./kubelith-host.ts";

const MAIN = join(import.meta.dir, "extension-main.ts");
const PORT = 8443;
const SERVICE = { namespace: "wardle", name: "extension" };
const END = "-----END CERTIFICATE-----\n";

let host: KubelithHost;
let extension: Subprocess<"ignore", "pipe", "inherit">;
beforeAll(async () => {
  host = await KubelithHost.start({ name: "extends" });
  const authority = await startExtension();
  await host.apply([
    { apiVersion: "v1", kind: "Namespace", metadata: { name: SERVICE.namespace } },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: SERVICE,
      spec: { ports: [{ port: 443, targetPort: PORT }] },
    },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { ...SERVICE, labels: { "kubernetes.io/service-name": SERVICE.name } },
      addressType: "IPv4",
      endpoints: [{ addresses: [host.address] }],
      ports: [{ name: "", port: PORT }],
    },
    apiService("wardle.example.com", "v1alpha1", authority),
    apiService("metrics.k8s.io", "v1beta1", authority),
  ]);
});
afterAll(async () => {
  extension?.kill();
  await extension?.exited;
  await host?.[Symbol.asyncDispose]();
});

/** As an administrator sets it up: it trusts the front proxy that the cluster names. Returns its authority. */
async function startExtension(): Promise<string> {
  const path = "{.data.requestheader-client-ca-file}";
  const authorityFile = join(host.directory, "request-header-ca.crt");
  const name = "extension-apiserver-authentication";
  const trusted = await host.kubectl.run("get", "cm", "-n", "kube-system", name, "-o", `jsonpath=${path}`);
  await writeFile(authorityFile, trusted);
  const command = [process.execPath, MAIN, host.address, String(PORT), host.name, authorityFile];
  extension = Bun.spawn(host.inside(...command), { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  let printed = "";
  for await (const chunk of extension.stdout) {
    printed += Buffer.from(chunk).toString();
    if (printed.endsWith(END)) break;
  }
  return printed;
}

function apiService(group: string, version: string, authority: string) {
  return {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: `${version}.${group}` },
    spec: {
      group,
      version,
      groupPriorityMinimum: 100,
      versionPriority: 100,
      service: SERVICE,
      caBundle: btoa(authority),
    },
  };
}

test("an extension server serves its kinds, and metrics for kubectl top", async () => {
  await host.kubectl.run("wait", "--for=condition=Available", "apiservice", "--all", "--timeout=60s");
  await host.apply([
    {
      apiVersion: "wardle.example.com/v1alpha1",
      kind: "Flunder",
      metadata: { name: "a", namespace: "default" },
    },
  ]);
  expect(await host.kubectl.run("get", "flunders", "-o", "name")).toBe("flunder.wardle.example.com/a\n");
  expect(await host.kubectl.run("top", "nodes")).toMatch(new RegExp(`${host.name} +250m`));
  await host.eventually(async () =>
    expect(await host.kubectl.run("explain", "flunder.spec.reference")).toContain(
      "Reference names another flunder.",
    ),
  );
});

test("a namespace waits for an extension server that has gone", async () => {
  extension.kill();
  await extension.exited;
  // Whoever changes the Service has the extension server asked at once.
  await host.kubectl.run("label", "service", "-n", SERVICE.namespace, SERVICE.name, "asked=again");
  await host.eventually(async () =>
    expect(await host.kubectl.run("get", "apiservices")).toContain("False (FailedDiscoveryCheck)"),
  );
  await host.kubectl.run("create", "namespace", "waits");
  await host.kubectl.run("delete", "namespace", "waits", "--wait=false");
  await host.eventually(async () =>
    expect(await host.jsonpath("namespace", "waits", "{.status.conditions[0].message}")).toContain(
      "stale GroupVersion discovery: wardle.example.com/v1alpha1",
    ),
  );
  const { stderr } = await host.kubectl.try("", "get", "flunders");
  expect(stderr).toContain("the server is currently unable to handle the request");
  await host.kubectl.run("delete", "apiservice", "v1alpha1.wardle.example.com", "v1beta1.metrics.k8s.io");
  await host.kubectl.run("wait", "--for=delete", "namespace/waits", "--timeout=30s");
});
