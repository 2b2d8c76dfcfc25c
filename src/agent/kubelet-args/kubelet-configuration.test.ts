import { describe, expect, test } from "bun:test";
import { settingsOf } from "../configuration/component-configuration.ts";
import { FIELDS } from "./configuration-fields.ts";
import { KUBELET_CONFIGURATION } from "./kubelet-configuration.ts";
import { REFUSED_FIELDS, REFUSED_FLAGS } from "./refused-flags.ts";
import { TAKEN_FIELDS, TAKEN_FLAGS } from "./taken-flags.ts";

describe("KUBELET_CONFIGURATION", () => {
  test("knows what to do with each field", () => {
    const settings = { ...TAKEN_FLAGS, ...TAKEN_FIELDS, ...REFUSED_FLAGS, ...REFUSED_FIELDS };
    const without = Object.values(FIELDS).filter(([, setting]) => !Object.hasOwn(settings, setting));
    expect(without).toEqual([]);
  });

  test("reads fields as their flags", () => {
    const document = {
      apiVersion: "kubelet.config.k8s.io/v1beta1",
      kind: "KubeletConfiguration",
      authentication: { anonymous: { enabled: false }, webhook: { cacheTTL: "0s" } },
      clusterDNS: ["10.43.0.10"],
      containerLogMaxFiles: 3,
      evictionHard: { "memory.available": "200Mi", "nodefs.available": "10%" },
      maxParallelImagePulls: 4,
      nodeStatusUpdateFrequency: "20s",
      podPidsLimit: 4096,
      registerWithTaints: [{ key: "disk", value: "slow", effect: "NoSchedule" }],
      seccompDefault: true,
    };
    expect(settingsOf(KUBELET_CONFIGURATION, [document])).toEqual({
      clusterDNS: ["10.43.0.10"],
      containerLogMaxFiles: 3,
      evictionHard: {
        "memory.available": { amount: 200 * 2 ** 20 },
        "nodefs.available": { share: 0.1 },
      },
      maxParallelImagePulls: 4,
      nodeStatusUpdateFrequencyMs: 20_000,
      nodeStatusReportFrequencyMs: 20_000,
      podPidsLimit: 4096,
      nodeTaints: [{ key: "disk", value: "slow", effect: "NoSchedule" }],
      seccompDefault: true,
    });
  });

  test("takes the empty fields that tools write out", () => {
    const document = {
      cpuManagerReconcilePeriod: "0s",
      imageMaximumGCAge: "0s",
      logging: { flushFrequency: 0, options: { json: { infoBufferSize: "0" } }, verbosity: 0 },
      memorySwap: {},
      shutdownGracePeriod: "0s",
      maxPods: 0,
      readOnlyPort: 0,
      tracing: null,
    };
    expect(settingsOf(KUBELET_CONFIGURATION, [document])).toEqual({});
  });

  test("adds one document to the other, map by map", () => {
    const [first, second] = [{ "memory.available": "1Gi" }, { "nodefs.available": "1%" }];
    expect(
      settingsOf(KUBELET_CONFIGURATION, [
        { evictionHard: first, maxPods: 10 },
        { evictionHard: second, maxPods: 20 },
      ]),
    ).toEqual({
      maxPods: 20,
      evictionHard: { "memory.available": { amount: 2 ** 30 }, "nodefs.available": { share: 0.01 } },
    });
  });

  test.each([
    {
      document: { maxPod: 5, authentication: { anonymous: { on: true } } },
      says: 'strict decoding error: unknown field "maxPod", unknown field "authentication.anonymous.on"',
    },
    {
      document: { maxPods: "5" },
      says: "json: cannot unmarshal string into Go struct field KubeletConfiguration.maxPods of type int32",
    },
    {
      document: { fileCheckFrequency: 5 },
      says: "json: cannot unmarshal number into Go value of type string",
    },
    { document: { registryPullQPS: -1 }, says: "registryPullQPS must not be a negative number" },
    { document: { enableServer: false }, says: "enableServer must be true: the API server needs" },
    { document: { shutdownGracePeriod: "30s" }, says: "shutdownGracePeriod must not be given: pods go on" },
    {
      document: { authentication: { anonymous: { enabled: true } } },
      says: "authentication.anonymous.enabled must be false",
    },
    { document: { tracing: { samplingRatePerMillion: 1 } }, says: "tracing must not be given" },
  ])("refuses $document", ({ document, says }) => {
    expect(() => settingsOf(KUBELET_CONFIGURATION, [document])).toThrow(says);
  });
});
