import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { modernKubectls } from "../integration/front/kubectl.ts";
import { startAdmissionWebhook } from "./admission-webhook.ts";
import { startTestControlPlane, type TestControlPlane } from "./control-plane.ts";
import { startConversionWebhook } from "./conversion-webhook.ts";
import { Shell } from "./shell.ts";
import type { WebhookServer } from "./webhook-server.ts";

const kubectls = modernKubectls();
const transcripts = transcriptsOf("kubectl");
/** What versions between the oldest and the newest play; the rest shows the server, which they find no different. */
const IN_BETWEEN: readonly string[] = ["apply.txt", "deployment.txt"];
/** They are about the server, which the oldest and the newest version show as well as all of them. */
const serverTranscripts = transcriptsOf("kubectl-server");
const oldTranscripts = transcriptsOf("kubectl-1.20");

/** How long one transcript may take, in milliseconds: it starts many processes. */
const TIMEOUT_MS = 120_000;

let controlPlane: TestControlPlane;
let converter: WebhookServer;
let admission: WebhookServer;
beforeAll(async () => {
  controlPlane = await startTestControlPlane();
  converter = await startConversionWebhook();
  admission = await startAdmissionWebhook();
});
afterAll(async () => {
  await controlPlane[Symbol.asyncDispose]();
  await converter[Symbol.asyncDispose]();
  await admission[Symbol.asyncDispose]();
}, TIMEOUT_MS);

if (kubectls.length === 0)
  test.skip("transcripts: there is no kubectl of 1.27 or newer on the PATH", () => undefined);

describe.each(kubectls.map((path) => [basename(path), path]))("%s", (version, kubectl) => {
  const isLimit = kubectl === kubectls.at(0) || kubectl === kubectls.at(-1);
  const played = transcripts.filter(([name]) => isLimit || IN_BETWEEN.includes(name));
  test.each([...played, ...(isLimit ? serverTranscripts : [])])(
    "%s",
    async (_, path) => {
      const name = `${basename(path, ".txt")}-${version.replaceAll(".", "-")}`;
      const environment = {
        CONVERTER_URL: converter.url,
        CONVERTER_CA: converter.caBundle,
        ADMISSION_URL: admission.url,
        ADMISSION_CA: admission.caBundle,
      };
      const shell = await Shell.open({ controlPlane, kubectl, name, environment });
      await shell.playFile(path);
    },
    TIMEOUT_MS,
  );
});

const isDebian12 =
  existsSync("/etc/debian_version") && readFileSync("/etc/debian_version", "utf8").startsWith("12.");

describe.skipIf(!isDebian12)("kubectl 1.20 of Debian 12", () => {
  let directory: string;
  let kubectl: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "kubelith-debian-"));
    const unpack = "apt-get download -q kubernetes-client && dpkg -x kubernetes-client_*.deb .";
    const { exitCode, stderr } = Bun.spawnSync(["/bin/sh", "-c", unpack], { cwd: directory });
    expect(exitCode, stderr.toString()).toBe(0);
    kubectl = join(directory, "usr/bin/kubectl");
  }, TIMEOUT_MS);
  afterAll(() => rm(directory, { recursive: true }));

  test.each(oldTranscripts)(
    "%s",
    async (_, path) => {
      const shell = await Shell.open({
        controlPlane,
        kubectl,
        name: `${basename(path, ".txt")}-kubectl-1-20`,
      });
      await shell.playFile(path);
    },
    TIMEOUT_MS,
  );
});

/** Names and paths. */
function transcriptsOf(folder: string): readonly (readonly [name: string, path: string])[] {
  const directory = join(import.meta.dir, folder);
  const names = [...new Bun.Glob("*.txt").scanSync(directory)].toSorted();
  return names.map((name) => [name, join(directory, name)]);
}
