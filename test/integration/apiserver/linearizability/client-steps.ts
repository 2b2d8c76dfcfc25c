import fc from "fast-check";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { Selected } from "./history-model.ts";

const appOf = ({ metadata }: KubeObject): string => metadata.labels?.["app"] ?? "";

const SELECTIONS: readonly Selected[] = [
  { matches: () => true },
  { namespace: "default", matches: ({ metadata }) => metadata.namespace === "default" },
  { labelSelector: "app=web", matches: (object) => appOf(object) === "web" },
  { labelSelector: "app!=web", matches: (object) => appOf(object) !== "web" },
  { fieldSelector: "metadata.name=a", matches: ({ metadata }) => metadata.name === "a" },
  {
    namespace: "other",
    labelSelector: "app=web",
    fieldSelector: "metadata.name!=b",
    matches: (object) =>
      object.metadata.namespace === "other" && appOf(object) === "web" && object.metadata.name !== "b",
  },
];

const object = fc.record({
  namespace: fc.constantFrom("default", "other"),
  name: fc.constantFrom("a", "b"),
});
const selected = fc.constantFrom(...SELECTIONS);
/** How many revisions ago. */
const back = fc.nat(12);

const write = fc.record({
  type: fc.constant("write"),
  verb: fc.constantFrom("create", "create", "create", "update", "patch", "patch", "delete"),
  object,
  app: fc.constantFrom("web", "db"),
  /** The revision that the object must have: the present one, or one that no object has. */
  guard: fc.constantFrom("none", "none", "present", "wrong"),
});
const get = fc.record({ type: fc.constant("get"), object, back: fc.option(back, { nil: undefined }) });
const list = fc.record({
  type: fc.constant("list"),
  selected,
  mode: fc.constantFrom("newest", "any", "notOlder", "exact"),
  back,
});
const page = fc.record({ type: fc.constant("page"), selected, limit: fc.integer({ min: 1, max: 3 }) });
const watch = fc.record({
  type: fc.constant("watch"),
  selected,
  /** From where on; `again` goes on where the client's last watch is, and ends that. */
  mode: fc.constantFrom("present", "revision", "initial", "again"),
  back,
});
const compact = fc.record({ type: fc.constant("compact"), back: fc.nat(3) });
const wait = fc.record({ type: fc.constant("wait") });

/** One request of a client, or what happens besides. */
export const clientStep = fc.oneof(
  { weight: 9, arbitrary: write },
  { weight: 2, arbitrary: get },
  { weight: 3, arbitrary: list },
  { weight: 3, arbitrary: page },
  { weight: 4, arbitrary: watch },
  { weight: 2, arbitrary: compact },
  { weight: 1, arbitrary: wait },
);

type Value<T> = T extends fc.Arbitrary<infer V> ? V : never;
export type ClientStep = Value<typeof clientStep>;
export type Step<T extends ClientStep["type"]> = Extract<ClientStep, { readonly type: T }>;
