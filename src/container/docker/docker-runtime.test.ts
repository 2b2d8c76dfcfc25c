import { expect, test } from "bun:test";
import "./docker-runtime.ts";

// The patches of dockerode and docker-modem see to it: an idle server would keep megabytes for what it never does.
test("the Docker runtime loads neither SSH nor gRPC", () => {
  const loaded = Object.keys(require.cache);
  expect(loaded.filter((path) => path.includes("/node_modules/dockerode/"))).not.toEqual([]);
  expect(loaded.filter((path) => /\/node_modules\/(ssh2|@grpc)\//.test(path))).toEqual([]);
});
