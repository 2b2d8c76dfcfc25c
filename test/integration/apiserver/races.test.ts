import { describe, expect, test } from "bun:test";
import type { ConfigMap } from "#api/generated/core-v1.ts";
import { isAlreadyExists, isConflict, isNotFound } from "#apimachinery/status-error.ts";
import { aConfigMap } from "#testing/objects.ts";
import { seededRandom } from "#testing/seeded-random.ts";
import { IMPLEMENTATIONS, useStore } from "../../contract/store-fixtures.ts";
import { startServer, type TestServer } from "./server.ts";

const COUNTER = { namespace: "default", name: "counter" } as const;

describe.each(IMPLEMENTATIONS.filter(({ name }) => !name.includes("history")))(
  "many writers over $name",
  ({ open }) => {
    const under = useStore(open);

    test("of one object lose no update", async () => {
      const server = await startServer({ store: under.store });
      await server.client.create("ConfigMap", aConfigMap("counter", { data: { count: "0" } }));
      await Promise.all(Array.from({ length: 16 }, () => countUp(server, 10)));
      const { data } = await server.client.get("ConfigMap", COUNTER);
      expect(data?.["count"]).toBe("160");
    });

    test("that create and delete one name agree about who was first", async () => {
      const server = await startServer({ store: under.store });
      const random = seededRandom(3);
      let created = 0;
      let deleted = 0;
      const step = async (): Promise<void> => {
        try {
          if (random() < 0.5) {
            await server.client.create("ConfigMap", aConfigMap("counter"));
            created += 1;
          } else {
            await server.client.delete("ConfigMap", COUNTER);
            deleted += 1;
          }
        } catch (error) {
          if (!isAlreadyExists(error) && !isNotFound(error)) throw error;
        }
      };
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          for (let count = 0; count < 50; count += 1) await step();
        }),
      );
      const left = (await server.client.list("ConfigMap", { namespace: "default" })).items.length;
      expect(created - deleted).toBe(left);
      expect(created).toBeGreaterThan(5);
    });

    test("that remove finalizers and write meanwhile end with the object gone", async () => {
      const server = await startServer({ store: under.store });
      const finalizers = Array.from({ length: 8 }, (_, index) => `example.com/f${String(index)}`);
      await server.client.create("ConfigMap", {
        ...aConfigMap("counter"),
        metadata: { name: "counter", namespace: "default", finalizers },
      });
      await server.client.delete("ConfigMap", COUNTER);
      await Promise.all(finalizers.map((finalizer) => removeFinalizer(server, finalizer)));
      expect(server.store.count("/registry/configmaps/default/counter")).toBe(0);
    });
  },
);

/** As a client does it that knows of others: reads, changes, and starts over when somebody was faster. */
async function countUp({ client }: TestServer, times: number): Promise<void> {
  for (let done = 0; done < times; ) {
    const present = await client.get("ConfigMap", COUNTER);
    const count = String(Number(present.data?.["count"]) + 1);
    if (await tryUpdate(() => client.update("ConfigMap", { ...present, data: { count } }))) done += 1;
  }
}

async function removeFinalizer({ client }: TestServer, finalizer: string): Promise<void> {
  for (;;) {
    const present = await client.get("ConfigMap", COUNTER).catch(() => undefined);
    if (present === undefined) return;
    const finalizers = (present.metadata.finalizers ?? []).filter((each) => each !== finalizer);
    const next: ConfigMap = { ...present, metadata: { ...present.metadata, finalizers } };
    if (await tryUpdate(() => client.update("ConfigMap", next))) return;
  }
}

async function tryUpdate(update: () => Promise<unknown>): Promise<boolean> {
  try {
    await update();
    return true;
  } catch (error) {
    if (isConflict(error)) return false;
    throw error;
  }
}
