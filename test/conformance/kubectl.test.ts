import { afterAll, beforeAll, describe, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { modernKubectls } from "../integration/front/kubectl.ts";
import { startTestControlPlane, type TestControlPlane } from "./control-plane.ts";
import { Shell } from "./shell.ts";

const kubectls = modernKubectls();
const transcripts = transcriptsOf("kubectl");
const oldTranscripts = transcriptsOf("kubectl-1.20");

/** How long one transcript may take, in milliseconds: it starts many processes. */
const TIMEOUT_MS = 120_000;

let controlPlane: TestControlPlane;
beforeAll(async () => {
  controlPlane = await startTestControlPlane();
});
afterAll(() => controlPlane[Symbol.asyncDispose](), TIMEOUT_MS);

if (kubectls.length === 0)
  test.skip("transcripts: there is no kubectl of 1.27 or newer on the PATH", () => undefined);

describe.each(kubectls.map((path) => [basename(path), path]))("%s", (version, kubectl) => {
  test.each(transcripts)(
    "%s",
    async (_, path) => {
      const name = `${basename(path, ".txt")}-${version.replaceAll(".", "-")}`;
      const shell = await Shell.open({ controlPlane, kubectl, name });
      await shell.playFile(path);
    },
    TIMEOUT_MS,
  );
});

/** Debian 12's kubectl, unpacked from its package; undefined where there is no Debian or no network. */
function unpackDebianKubectl(directory: string): string | undefined {
  mkdirSync(directory, { recursive: true });
  const unpack = "apt-get download -q kubernetes-client && dpkg -x kubernetes-client_*1.20*.deb .";
  const { exitCode } = Bun.spawnSync(["/bin/sh", "-c", unpack], { cwd: directory, stderr: "ignore" });
  return exitCode === 0 ? join(directory, "usr/bin/kubectl") : undefined;
}

describe("kubectl 1.20 of Debian 12", () => {
  const directory = join(tmpdir(), `kubelith-debian-${String(process.pid)}`);
  const kubectl = unpackDebianKubectl(directory);
  afterAll(() => rm(directory, { recursive: true }));

  test.skipIf(kubectl === undefined).each(oldTranscripts)(
    "%s",
    async (_, path) => {
      const name = `${basename(path, ".txt")}-kubectl-1-20`;
      const shell = await Shell.open({ controlPlane, kubectl: kubectl ?? "", name });
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
