/** What Services keep, get and give back when they are replaced (kube-apiserver `registry/core/service/storage`). */
import { describe, expect, test } from "bun:test";
import type { ServiceSpec } from "#api/generated/core-v1.ts";
import { writeService } from "./replaced-service.ts";

type Spec = Partial<ServiceSpec>;

const V4 = "10.96.0.200";
const V6 = "fd00::c8";

const POLICIES: Readonly<Record<string, Spec["ipFamilyPolicy"]>> = {
  Single: "SingleStack",
  Prefer: "PreferDualStack",
  Require: "RequireDualStack",
};

/** How many families there are after an update from one to two, and back (`TestUpdateIPsFrom…Stack`); ! is a refusal. */
const FAMILY_UPDATES = `
before policy  families  -  one  both
one    -       -         1  1    !
one    -       one       1  1    !
one    -       both      !  !    !
one    Single  -         1  1    !
one    Single  one       1  1    !
one    Single  both      !  !    !
one    Prefer  -         2  2    2
one    Prefer  one       2  2    2
one    Prefer  both      2  2    2
one    Require -         2  2    2
one    Require one       2  2    2
one    Require both      2  2    2
both   -       -         2  !    2
both   -       one       !  !    !
both   -       both      2  !    2
both   Single  -         1  1    1
both   Single  one       1  1    1
both   Single  both      1  1    1
both   Prefer  -         2  !    2
both   Prefer  one       !  !    !
both   Prefer  both      2  !    2
both   Require -         2  !    2
both   Require one       !  !    !
both   Require both      2  !    2
`;

describe("addresses and families of an updated Service", () => {
  const [[, , , ...columns] = [], ...rows] = rowsOf(FAMILY_UPDATES);
  const orders = ["IPv4", "IPv6"] as const;

  test.each(
    rows.flatMap(([before = "", policy = "", families = "", ...wants]) =>
      orders.map((first) => ({ first, before, policy, families, wants })),
    ),
  )("$first first, $before before, policy $policy, families $families", async (row) => {
    const both = row.first === "IPv4" ? orders : orders.toReversed();
    const addresses = both.map((family) => (family === "IPv4" ? V4 : V6));
    const some = <T>(list: readonly T[], many: string) => ({ "-": [], one: list.slice(0, 1) })[many] ?? list;
    for (const [index, want] of row.wants.entries()) {
      const ipFamilyPolicy = POLICIES[row.policy];
      const [ipFamilies, clusterIPs] = [some(both, row.families), some(addresses, columns[index] ?? "")];
      const after = {
        selector: { app: "new" },
        ...(ipFamilyPolicy && { ipFamilyPolicy }),
        ...(ipFamilies.length > 0 && { ipFamilies }),
        ...(clusterIPs.length > 0 && { clusterIP: clusterIPs[0] as string, clusterIPs }),
      };
      const got = await writeService(after, withAddresses(some(addresses, row.before)));
      expect(typeof got === "string" ? "!" : String(got.spec.ipFamilies?.length), columns[index]).toBe(want);
      if (typeof got === "string") continue;
      expect(got.spec.ipFamilies).toEqual(both.slice(0, Number(want)));
      expect(got.spec.clusterIPs?.length).toBe(Number(want));
      expect(got.spec.clusterIPs?.[0]).toBe(addresses[0] as string);
      expect(got.spec.clusterIP).toBe(addresses[0] as string);
    }
  });

  const dual = withAddresses([V4, V6]);
  const single = withAddresses([V4]);
  const require = { ipFamilyPolicy: "RequireDualStack" } as const;
  const invalid = 'Service "web" is invalid: ';
  const first = `${invalid}spec.clusterIPs[0]: Invalid value: `;

  test.each<[string, Spec, Spec, string]>([
    [
      "other families first",
      single,
      { ...require, ipFamilies: ["IPv6", "IPv4"] },
      `${first}"10.96.0.200": expected an IPv6 value as indicated by \`ipFamilies[0]\``,
    ],
    [
      "other addresses first",
      single,
      { ...require, clusterIP: V6, clusterIPs: [V6, V4] },
      `${invalid}spec.clusterIPs: Invalid value: ["fd00::c8","10.96.0.200"]: failed to allocate IP 10.96.0.200: provided IP is already allocated`,
    ],
    [
      "only the second family",
      dual,
      { ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv6"] },
      `${first}"10.96.0.200": expected an IPv6 value as indicated by \`ipFamilies[0]\``,
    ],
    [
      "only the second address",
      dual,
      { ipFamilyPolicy: "SingleStack", clusterIP: V6, clusterIPs: [V6] },
      `${invalid}[spec.clusterIPs[0]: Invalid value: ["fd00::c8"]: may not change once set, spec.ipFamilies[0]: Invalid value: ["fd00::c8"]: may not change once set]`,
    ],
    [
      "only the first address",
      dual,
      { clusterIP: V4, clusterIPs: [V4] },
      `${invalid}spec.ipFamilyPolicy: Invalid value: "RequireDualStack": must be 'SingleStack' to release the secondary cluster IP`,
    ],
    ["headless", single, { clusterIP: "None" }, `${first}["None"]: may not change once set`],
    [
      "an address from none",
      { clusterIP: "None" },
      { clusterIP: V4 },
      `${first}["10.96.0.200"]: may not change once set`,
    ],
    [
      "another address",
      single,
      { clusterIP: "10.96.0.201" },
      `${first}["10.96.0.201"]: may not change once set`,
    ],
    [
      "a second address of another range",
      single,
      { ...require, clusterIP: V4, clusterIPs: [V4, "fd01::1"] },
      `${invalid}spec.clusterIPs: Invalid value: ["10.96.0.200","fd01::1"]: failed to allocate IP fd01::1: the provided network does not match the current range`,
    ],
  ])("cannot become: %s", async (_name, before, after, want) => {
    expect(await writeService(after, before)).toBe(want);
  });
});

function rowsOf(table: string): readonly (readonly string[])[] {
  return table
    .trim()
    .split("\n")
    .map((line) => line.split(/ +/));
}

function withAddresses(clusterIPs: readonly string[]): Spec {
  const [clusterIP = ""] = clusterIPs;
  return {
    clusterIP,
    clusterIPs,
    ipFamilyPolicy: clusterIPs.length > 1 ? "RequireDualStack" : "SingleStack",
  };
}
