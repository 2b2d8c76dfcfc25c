import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openAdmissionConfiguration } from "./admission-configuration.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "admission-config-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function open(text: string, files: Readonly<Record<string, string>> = {}) {
  const all = { "admission.yaml": text, ...files };
  for (const [name, content] of Object.entries(all)) await writeFile(join(directory, name), content);
  return await openAdmissionConfiguration({ admissionControlConfigFile: join(directory, "admission.yaml") });
}

const TYPE = "apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\n";
const POD_SECURITY = "apiVersion: pod-security.admission.config.k8s.io/v1\nkind: PodSecurityConfiguration\n";
const indented = (text: string): string => text.trimEnd().replaceAll(/^/gm, "    ");
const podSecurity = (text: string): string =>
  `${TYPE}plugins:\n- name: PodSecurity\n  configuration:\n${indented(POD_SECURITY + text)}\n`;

test("nothing is configured without a file, and by one that says nothing", async () => {
  const nothing = await openAdmissionConfiguration({ admissionControlConfigFile: "" });
  expect(nothing.podSecurity.defaults.enforce).toEqual({ level: "privileged", version: "latest" });
  expect(await open(TYPE)).toEqual(nothing);
});

test("defaults and exemptions of PodSecurity stand in the file or in one beside it", async () => {
  const text = `defaults:
  enforce: baseline
  enforce-version: v1.30
  warn: restricted
exemptions:
  usernames: [jane]
  namespaces: [kube-system]
  runtimeClasses: [gvisor]
`;
  const expected = {
    podSecurity: {
      defaults: {
        enforce: { level: "baseline", version: 30 },
        audit: { level: "privileged", version: "latest" },
        warn: { level: "restricted", version: "latest" },
      },
      exemptions: { usernames: ["jane"], namespaces: ["kube-system"], runtimeClasses: ["gvisor"] },
    },
  } as const;
  expect(await open(podSecurity(text))).toEqual(expected);
  const beside = `${TYPE}plugins:\n- name: PodSecurity\n  path: psa.yaml\n`;
  expect(await open(beside, { "psa.yaml": POD_SECURITY + text })).toEqual(expected);
});

test.each<[string, string, string]>([
  ["another kind", "kind: Pod", "apiVersion: Invalid value: null: must be apiserver.config.k8s.io/v1"],
  [
    "a plugin that has nothing to configure",
    `${TYPE}plugins: [{ name: ServiceAccount }]`,
    'plugins[0].name: Unsupported value: "ServiceAccount": supported values: "PodSecurity"',
  ],
  ["an unknown field", podSecurity("deflaults: {}"), "deflaults: Invalid value: unknown field"],
  [
    "an unknown level",
    podSecurity("defaults: { audit: strict }"),
    'defaults.audit: Invalid value: "strict": must be one of privileged, baseline, restricted',
  ],
  [
    "an unknown version",
    podSecurity("defaults: { warn-version: v2 }"),
    'defaults.warn-version: Invalid value: "v2": must be "latest" or "v1.x"',
  ],
  [
    "a name twice",
    podSecurity("exemptions: { namespaces: [a, a] }"),
    'exemptions.namespaces[1]: Duplicate value: "a"',
  ],
  [
    "no name",
    podSecurity("exemptions: { usernames: [''] }"),
    'exemptions.usernames[0]: Invalid value: "": username must not be empty',
  ],
])("%s is refused", async (_, text, problem) => {
  expect(open(text)).rejects.toThrow(problem);
  await open(text).catch(() => undefined);
});

test("a file that is not there is refused", async () => {
  const admissionControlConfigFile = join(directory, "nowhere.yaml");
  const opened = openAdmissionConfiguration({ admissionControlConfigFile });
  expect(opened).rejects.toThrow(/^Cannot use the file of --admission-control-config-file/);
  await opened.catch(() => undefined);
});
