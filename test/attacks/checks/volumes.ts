import type { Change, Weakening } from "../proof/weakening.ts";
import { checksOf } from "./rows.ts";

const SUB_PATH = "src/kubelet/volumes/sub-path.ts";
const PLACE = "src/kubelet/volumes/open-place.ts";
const WRITER = "src/kubelet/volumes/atomic-writer.ts";
const OWNERSHIP = "src/kubelet/volumes/ownership.ts";

const WALK = `for (const part of inside.split("/").filter((each) => each !== "")) handle = await step(handle, part);`;
/** Opens what the path leads to now. */
const BY_PATH: Change = {
  file: SUB_PATH,
  replace: [
    WALK,
    "handle = (await stat(path)).isDirectory() ? await open(path, constants.O_RDONLY) : await openPlace(path);",
  ],
};

export const volumeChecks: readonly Weakening[] = checksOf("test/attacks/volumes.test.ts", [
  [
    "a subPath has no dots",
    "by \\.\\.|inside/\\.\\.|good/\\.\\.",
    SUB_PATH,
    `if (parts.includes(".."))`,
    "if (false)",
    {
      file: SUB_PATH,
      replace: [`if (inside === ".." || inside.startsWith("../"))`, "if (false)"],
    },
    BY_PATH,
  ],
  ["a subPath is relative", "by /etc", SUB_PATH, `if (subPath.startsWith("/"))`, "if (false)"],
  [
    "a subPath ends in its volume",
    "by (out|twice|up|file-out|host)",
    SUB_PATH,
    `if (inside === ".." || inside.startsWith("../"))`,
    "if (false)",
    BY_PATH,
  ],
  [
    "a link to nothing is not followed",
    "by dangling",
    SUB_PATH,
    "await mkdir(join(pathOf(handle), part), { mode: mode & 0o777 });",
    `const target = join(pathOf(handle), part);
      await mkdir(target, { mode: mode & 0o777 }).catch(async () => {
        const { readlink } = await import("node:fs/promises");
        await mkdir(await readlink(target));
      });`,
  ],
  [
    "what was reached is mounted",
    "before it is mounted",
    SUB_PATH,
    "await mounter.bind(pathOf(handle), target);",
    "await mounter.bind(join(volumePath, subPath), target);",
  ],
  [
    "no link is followed on the way",
    "links on the way",
    SUB_PATH,
    "const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;",
    "const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY;",
  ],
  [
    "a pipe is not opened",
    "nor wait",
    PLACE,
    "open(path, O_PATH | constants.O_NOFOLLOW)",
    "open(path, constants.O_RDONLY | constants.O_NOFOLLOW)",
  ],
  [
    "files are in their volume",
    "and not at",
    WRITER,
    "for (const path of payload.keys()) verifyPath(path);",
    "",
  ],
  [
    "groups are given to links, not behind them",
    "not behind its links",
    PLACE,
    "O_PATH | constants.O_NOFOLLOW",
    "O_PATH",
  ],
  [
    "groups are given by handles",
    "links that its directories become",
    OWNERSHIP,
    "await giveOpened(handle, gift, depth);",
    "await giveOpened({ fd: 0, stat: () => handle.stat(), path } as never, gift, depth);",
    {
      file: OWNERSHIP,
      replace: ["const path = pathOf(handle);", "const { path } = handle as unknown as { path: string };"],
    },
  ],
]);
