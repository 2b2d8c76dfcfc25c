import { describe, expect, test } from "bun:test";
import type { ServiceCIDR, ServiceCIDRStatus } from "#api/generated/networking-v1.ts";
import { describePlan } from "#testing/actions.ts";
import { filledCaches } from "#testing/filled-caches.ts";
import { anIPAddress, aServiceCIDR } from "#testing/service-cidrs.ts";
import { planServiceCIDR, type ServiceCIDRView, serviceCIDRController } from "./servicecidr.ts";

const NOW = new Date("2026-01-01T00:01:00Z");
const FINALIZER = "networking.k8s.io/service-cidr-finalizer";
const finalizers = [FINALIZER];
const READY = "Kubernetes Service CIDR is ready";

function ready(status: "True" | "False", reason = "", message = READY): ServiceCIDRStatus {
  return {
    conditions: [{ type: "Ready", status, reason, message, lastTransitionTime: "2026-01-01T00:00:00Z" }],
  };
}

/** A range that somebody has deleted so many seconds ago. */
function aLeaving(cidrs: readonly string[], secondsAgo = 60, status = ready("True")): ServiceCIDR {
  const deletionTimestamp = new Date(NOW.getTime() - secondsAgo * 1000).toISOString();
  return aServiceCIDR("gone", cidrs, { metadata: { finalizers, deletionTimestamp }, status });
}

const cases: { name: string; view: Partial<ServiceCIDRView>; want: string[] }[] = [
  {
    name: "protects a new range",
    view: { serviceCIDR: aServiceCIDR("a", ["10.43.0.0/24"]) },
    want: ["update ServiceCIDR a"],
  },
  {
    name: "says that a protected range can be used",
    view: {
      serviceCIDR: aServiceCIDR("a", ["10.43.0.0/24"], { metadata: { finalizers } }),
    },
    want: ["status ServiceCIDR a Ready=True()"],
  },
  {
    name: "is quiet about a range that can be used",
    view: {
      serviceCIDR: aServiceCIDR("a", ["10.43.0.0/24"], {
        metadata: { finalizers },
        status: ready("True"),
      }),
    },
    want: [],
  },
  {
    name: "keeps a range that a Service has its address of",
    view: { serviceCIDR: aLeaving(["10.43.0.0/24"]), addresses: [anIPAddress("10.43.0.7", "web")] },
    want: ["status ServiceCIDR gone Ready=False(Terminating)"],
  },
  {
    name: "keeps it without saying so twice",
    view: {
      serviceCIDR: aLeaving(
        ["10.43.0.0/24"],
        60,
        ready(
          "False",
          "Terminating",
          "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR",
        ),
      ),
      addresses: [anIPAddress("10.43.0.7", "web")],
    },
    want: [],
  },
  {
    name: "lets go what nobody has an address of",
    view: { serviceCIDR: aLeaving(["10.43.0.0/24"]), addresses: [anIPAddress("10.43.1.7", "web")] },
    want: ["update ServiceCIDR gone"],
  },
  {
    name: "waits until every server has heard of it",
    view: { serviceCIDR: aLeaving(["10.43.0.0/24"], 4) },
    want: ["requeue 6000ms"],
  },
  {
    name: "lets go what lies in another range",
    view: {
      serviceCIDR: aLeaving(["10.43.0.0/24"]),
      others: [aServiceCIDR("big", ["10.43.0.0/16"])],
      addresses: [anIPAddress("10.43.0.7", "web")],
    },
    want: ["update ServiceCIDR gone"],
  },
  {
    name: "lets go what others hold in parts",
    view: {
      serviceCIDR: aLeaving(["10.43.0.0/16"]),
      others: [aServiceCIDR("part", ["10.43.0.0/24"])],
      addresses: [anIPAddress("10.43.0.7", "web")],
    },
    want: ["update ServiceCIDR gone"],
  },
  {
    name: "keeps a range for its second family, too",
    view: {
      serviceCIDR: aLeaving(["10.43.0.0/24", "fd00::/112"]),
      others: [aServiceCIDR("v4", ["10.43.0.0/24"])],
      addresses: [anIPAddress("fd00::7", "web")],
    },
    want: ["status ServiceCIDR gone Ready=False(Terminating)"],
  },
];

describe("planServiceCIDR", () => {
  test.each(cases)("$name", ({ view, want }) => {
    const complete = { others: [], addresses: [], now: NOW, ...view } as ServiceCIDRView;
    expect(describePlan(planServiceCIDR(complete))).toEqual(want);
  });

  test("takes away its own finalizer alone", () => {
    const leaving = aLeaving(["10.43.0.0/24"]);
    const serviceCIDR = { ...leaving, metadata: { ...leaving.metadata, finalizers: ["a/b", FINALIZER] } };
    const { actions } = planServiceCIDR({ serviceCIDR, others: [], addresses: [], now: NOW });
    expect(actions).toMatchObject([{ object: { metadata: { finalizers: ["a/b"] } } }]);
  });
});

test("addresses that others reserve do not hold a range", () => {
  const reserved = anIPAddress("10.43.0.7", "web", { metadata: { labels: {} } });
  const caches = filledCaches(serviceCIDRController, [aLeaving(["10.43.0.0/24"]), reserved]);
  const view = serviceCIDRController.observe(
    { kind: "ServiceCIDR", namespace: "", name: "gone" },
    caches,
    NOW,
  );
  expect((view as ServiceCIDRView).addresses).toEqual([]);
});
