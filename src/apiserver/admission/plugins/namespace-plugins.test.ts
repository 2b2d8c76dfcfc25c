import { describe, expect, test } from "bun:test";
import { alreadyExists, forbidden } from "#apimachinery/status-error.ts";
import type { AdmissionPlugin, AdmissionRequest } from "#apiserver/admission/admission-plugin.ts";
import { admit, anAdmissionEnvironment, anAdmissionRequest } from "#testing/admission.ts";
import { aConfigMap, aNamespace } from "#testing/objects.ts";
import { namespaceAutoProvisionPlugin } from "./namespace-auto-provision.ts";
import { namespaceExistsPlugin } from "./namespace-exists.ts";
import { namespaceLifecyclePlugin } from "./namespace-lifecycle.ts";

const NAMESPACES = { group: "", resource: "namespaces" };
const going = { ...aNamespace("going"), status: { phase: "Terminating" } } as const;
const cluster = [aNamespace("team"), going];

async function outcomeOf(plugin: AdmissionPlugin, what: string): Promise<string> {
  const request = anAdmissionRequest(what, { object: aConfigMap("a") });
  const outcome = await admit(plugin, request, anAdmissionEnvironment(cluster));
  return typeof outcome === "string" ? outcome : "admitted";
}

const missing = 'namespaces "missing" not found';

test.each<[string, string, string]>([
  ["CREATE configmaps team/a", "admitted", "admitted"],
  ["CREATE configmaps missing/a", missing, missing],
  ["UPDATE configmaps missing/a", missing, missing],
  ["DELETE configmaps missing/a", "admitted", missing],
  [
    "CREATE configmaps going/a",
    'configmaps "a" is forbidden: unable to create new content in namespace going because it is being terminated',
    "admitted",
  ],
  ["UPDATE configmaps going/a", "admitted", "admitted"],
  ["CREATE nodes a", "admitted", "admitted"],
  ["DELETE namespaces missing/missing", "admitted", "admitted"],
  ["CREATE localsubjectaccessreviews.authorization.k8s.io missing/a", "admitted", missing],
])("%s is %s by NamespaceLifecycle, and %s by NamespaceExists", async (what, lifecycle, exists) => {
  expect(await outcomeOf(namespaceLifecyclePlugin, what)).toBe(lifecycle);
  expect(await outcomeOf(namespaceExistsPlugin, what)).toBe(exists);
});

describe("NamespaceAutoProvision", () => {
  async function provision(
    what: string,
    more: Partial<AdmissionRequest> = {},
    failure?: Error,
  ): Promise<readonly string[]> {
    const created: string[] = [];
    const createNamespace = async (name: string): Promise<void> => {
      created.push(name);
      if (failure !== undefined) throw failure;
      await Promise.resolve();
    };
    const request = anAdmissionRequest(what, { object: aConfigMap("a"), ...more });
    const environment = anAdmissionEnvironment(cluster, { createNamespace });
    const outcome = await admit(namespaceAutoProvisionPlugin, request, environment);
    return [...created, ...(typeof outcome === "string" ? [outcome] : [])];
  }

  test.each<[string, readonly string[]]>([
    ["CREATE configmaps missing/a", ["missing"]],
    ["CREATE configmaps team/a", []],
    ["CREATE configmaps going/a", []],
    ["CREATE nodes a", []],
    ["CREATE namespaces missing/missing", []],
  ])("%s makes %j", async (what, want) => {
    expect(await provision(what)).toEqual(want);
  });

  test("makes nothing in a dry run", async () => {
    expect(await provision("CREATE configmaps missing/a", { dryRun: true })).toEqual([]);
  });

  test("does not mind who was faster, and tells of any other failure", async () => {
    const what = "CREATE configmaps missing/a";
    expect(await provision(what, {}, alreadyExists(NAMESPACES, "missing"))).toEqual(["missing"]);
    expect(await provision(what, {}, forbidden(NAMESPACES, "missing", "no"))).toEqual([
      "missing",
      'configmaps "a" is forbidden: namespaces "missing" is forbidden: no',
    ]);
  });
});
