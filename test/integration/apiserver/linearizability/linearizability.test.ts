/**
 * Many clients write, read, page and watch at once, while history is compacted and time goes by. What they have seen must
 * be what one order of all writes explains: that of the revisions.
 */
import { describe, test } from "bun:test";
import fc from "fast-check";
import { aConfigMap } from "#testing/objects.ts";
import { IMPLEMENTATIONS } from "../../../contract/store-fixtures.ts";
import { startServer } from "../server.ts";
import { clientStep } from "./client-steps.ts";
import { ConcurrentClients } from "./concurrent-clients.ts";

const clients = fc.array(fc.array(clientStep, { minLength: 1, maxLength: 15, size: "max" }), {
  minLength: 2,
  maxLength: 6,
  size: "max",
});

describe.each(IMPLEMENTATIONS)("concurrent clients over $name", ({ name, open }) => {
  test("see one history", async () => {
    await fc.assert(
      fc.asyncProperty(clients, async (programs) => {
        await using opened = await open();
        await using server = await startServer({
          store: opened.store,
          core: { admission: [] },
          bootstrapped: false,
        });
        // Revision 0 stands for any.
        await server.client.create("ConfigMap", aConfigMap("first"));
        const running = new ConcurrentClients(server);
        await Promise.all(programs.map((steps) => running.run(steps)));
        await running.check();
      }),
      { numRuns: name.startsWith("SQLite") ? 25 : 150, seed: 36 },
    );
  }, 60_000);
});
