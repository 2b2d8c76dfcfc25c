import { describe, expect, test } from "bun:test";
import type { Service, ServiceSpec } from "#api/generated/core-v1.ts";
import { decideFamilies, type IPFamily } from "./ip-families.ts";

/**
 * The families of a new Service, for each list of families that it asks for (kube-apiserver `TestCreateInitIPFields`).
 * 4 and 6 are IPv4 and IPv6, - stands for nothing, ! for a refusal.
 */
const TABLE = `
cluster service      policy  -   4   6   46  64
4       -            -       4   4   !   !   !
4       -            Single  4   4   !   !   !
4       -            Prefer  4   4   !   !   !
4       -            Require !   !   !   !   !
4       4            -       4   4   !   !   !
4       4            Single  4   4   !   !   !
4       4            Prefer  4   4   !   !   !
4       4            Require !   !   !   !   !
4       46           -       !   !   !   !   !
4       46           Single  !   !   !   !   !
4       46           Prefer  !   !   !   !   !
4       46           Require !   !   !   !   !
4       64           -       !   !   !   !   !
4       64           Single  !   !   !   !   !
4       64           Prefer  !   !   !   !   !
4       64           Require !   !   !   !   !
4       headless     -       4   4   !   !   !
4       headless     Single  4   4   !   !   !
4       headless     Prefer  4   4   !   !   !
4       headless     Require !   !   !   !   !
4       selectorless -       46  46  64  46  64
4       selectorless Single  4   4   6   !   !
4       selectorless Prefer  46  46  64  46  64
4       selectorless Require 46  46  64  46  64
46      -            -       4   4   6   !   !
46      -            Single  4   4   6   !   !
46      -            Prefer  46  46  64  46  64
46      -            Require 46  46  64  46  64
46      4            -       4   4   !   !   !
46      4            Single  4   4   !   !   !
46      4            Prefer  46  46  !   46  !
46      4            Require 46  46  !   46  !
46      6            -       6   !   6   !   !
46      6            Single  6   !   6   !   !
46      6            Prefer  64  !   64  !   64
46      6            Require 64  !   64  !   64
46      46           -       !   !   !   !   !
46      46           Single  !   !   !   !   !
46      46           Prefer  46  46  !   46  !
46      46           Require 46  46  !   46  !
46      64           -       !   !   !   !   !
46      64           Single  !   !   !   !   !
46      64           Prefer  64  !   64  !   64
46      64           Require 64  !   64  !   64
46      headless     -       4   4   6   !   !
46      headless     Single  4   4   6   !   !
46      headless     Prefer  46  46  64  46  64
46      headless     Require 46  46  64  46  64
46      selectorless -       46  46  64  46  64
46      selectorless Single  4   4   6   !   !
46      selectorless Prefer  46  46  64  46  64
46      selectorless Require 46  46  64  46  64
`;

interface Row {
  readonly cluster: string;
  readonly service: string;
  readonly policy: string;
  /** What a Service gets that asks for the families of a column. */
  readonly want: readonly { readonly asked: string; readonly given: string }[];
}

const [HEAD = [], ...LINES] = TABLE.trim()
  .split("\n")
  .map((line) => line.split(/ +/));
const ROWS = LINES.map(([cluster = "", service = "", policy = "", ...given]): Row => {
  const want = given.map((each, index) => ({ asked: HEAD[index + 3] ?? "", given: each }));
  return { cluster, service, policy, want };
});

const POLICIES: Readonly<Record<string, ServiceSpec["ipFamilyPolicy"]>> = {
  Single: "SingleStack",
  Prefer: "PreferDualStack",
  Require: "RequireDualStack",
};

describe("the families of a new Service", () => {
  test.each(ROWS)("cluster $cluster, service $service, policy $policy", (row) => {
    for (const { asked, given } of row.want) expect(familiesGiven(row, asked), asked).toBe(given);
  });

  test.each(ROWS)("mirrored: cluster $cluster, service $service, policy $policy", (row) => {
    const { cluster, service, policy } = row;
    const mirrored = { cluster: mirror(cluster), service: mirror(service), policy };
    for (const { asked, given } of row.want) {
      expect(familiesGiven(mirrored, mirror(asked)), asked).toBe(mirror(given));
    }
  });

  test.each([
    ["a ClusterIP", "", "SingleStack"],
    ["headless", "headless", "SingleStack"],
    ["headless and selectorless", "selectorless", "RequireDualStack"],
  ])("have a policy: %s", (_name, service, want) => {
    const decided = decide({ cluster: "46", service, policy: "-" }, "-");
    expect(decided).toMatchObject({ spec: { ipFamilyPolicy: want } });
  });
});

type Wish = Pick<Row, "cluster" | "service" | "policy">;

function familiesGiven(wish: Wish, asked: string): string {
  const decided = decide(wish, asked);
  if (!("spec" in decided)) return "!";
  return (decided.spec.ipFamilies ?? []).map((family) => family.slice(3)).join("");
}

function decide({ cluster, service, policy }: Wish, asked: string) {
  const isHeadless = service === "headless" || service === "selectorless";
  const clusterIPs = isHeadless
    ? ["None"]
    : digits(service).map((each) => (each === "4" ? "10.43.0.10" : "fd00::10"));
  const ipFamilyPolicy = POLICIES[policy];
  const ipFamilies = familiesOf(asked);
  const [clusterIP] = clusterIPs;
  const wanted: Service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "default", uid: "u" },
    spec: {
      type: "ClusterIP",
      ...(service !== "selectorless" && { selector: { app: "web" } }),
      ...(clusterIP !== undefined && { clusterIP, clusterIPs }),
      ...(ipFamilyPolicy !== undefined && { ipFamilyPolicy }),
      ...(ipFamilies.length > 0 && { ipFamilies }),
    },
  };
  return decideFamilies(wanted, undefined, familiesOf(cluster));
}

function familiesOf(text: string): readonly IPFamily[] {
  return digits(text).map((digit) => (digit === "4" ? "IPv4" : "IPv6"));
}

function digits(text: string): readonly string[] {
  return text.match(/[46]/g) ?? [];
}

function mirror(text: string): string {
  return text.replaceAll(/[46]/g, (digit) => (digit === "4" ? "6" : "4"));
}
