import { describe, expect, test } from "bun:test";
import { containerErrors } from "#testing/pod-spec.ts";
import type { Lifecycle, LifecycleHandler, Probe } from "../../../generated/core-v1.ts";

const exec = { exec: { command: ["true"] } };
const PORT = "must be between 1 and 65535, inclusive";
const NEGATIVE = "must be greater than or equal to 0";
const C0 = "spec.containers[0]";

describe("an action", () => {
  /** An action is judged in the same way by probes and hooks. */
  const errorsOf = (action: LifecycleHandler & Probe) => containerErrors([{ readinessProbe: action }]);

  test.each<LifecycleHandler & Probe>([
    { exec: { command: ["echo", ""] } },
    { httpGet: { port: 80, host: "a", path: "/", scheme: "HTTPS" } },
    { httpGet: { port: "port", httpHeaders: [{ name: "Host", value: "" }] } },
    { tcpSocket: { port: 65535 } },
    { tcpSocket: { port: "p-1" } },
    { grpc: { port: 1 } },
  ])("can be %o", (action) => {
    expect(errorsOf(action)).toEqual([]);
  });

  test.each<{ action: LifecycleHandler & Probe; want: string[] }>([
    { action: {}, want: [": Required value: must specify a handler type"] },
    { action: { exec: {} }, want: [".exec.command: Required value"] },
    {
      action: { ...exec, httpGet: { port: 80 }, tcpSocket: { port: 0 }, grpc: { port: 0 } },
      want: ["httpGet", "tcpSocket", "grpc"].map(
        (field) => `.${field}: Forbidden: may not specify more than 1 handler type`,
      ),
    },
    {
      action: { httpGet: { port: 0, scheme: "ftp" as "HTTP" } },
      want: [
        `.httpGet.port: Invalid value: 0: ${PORT}`,
        '.httpGet.scheme: Unsupported value: "ftp": supported values: "HTTP", "HTTPS"',
      ],
    },
    { action: { httpGet: { port: 65536 } }, want: [`.httpGet.port: Invalid value: 65536: ${PORT}`] },
    {
      action: { httpGet: { port: 80, httpHeaders: [{ name: "X_Forwarded-For", value: "" }] } },
      want: [
        ".httpGet.httpHeaders: Invalid value: \"X_Forwarded-For\": a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
      ],
    },
    {
      action: { tcpSocket: { port: "p".repeat(16) } },
      want: [`.tcpSocket.port: Invalid value: "${"p".repeat(16)}": must be no more than 15 characters`],
    },
    {
      action: { tcpSocket: { port: "" } },
      want: [
        '.tcpSocket.port: Invalid value: "": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        '.tcpSocket.port: Invalid value: "": must contain at least one letter (a-z)',
      ],
    },
    { action: { grpc: { port: -1 } }, want: [`.grpc.port: Invalid value: -1: ${PORT}`] },
  ])("cannot be $action", ({ action, want }) => {
    expect(errorsOf(action)).toEqual(want.map((error) => `${C0}.readinessProbe${error}`));
  });
});

describe("a probe", () => {
  test.each<{ name: string; probe: Probe; want: string[] }>([
    {
      name: "numbers that are there",
      probe: {
        initialDelaySeconds: 0,
        timeoutSeconds: 1,
        periodSeconds: 2,
        successThreshold: 1,
        failureThreshold: 4,
        terminationGracePeriodSeconds: 1,
      },
      want: [],
    },
    {
      name: "negative numbers",
      probe: {
        initialDelaySeconds: -1,
        timeoutSeconds: -2,
        periodSeconds: -3,
        successThreshold: -4,
        failureThreshold: -5,
        terminationGracePeriodSeconds: 0,
      },
      want: [
        `.initialDelaySeconds: Invalid value: -1: ${NEGATIVE}`,
        `.timeoutSeconds: Invalid value: -2: ${NEGATIVE}`,
        `.periodSeconds: Invalid value: -3: ${NEGATIVE}`,
        `.successThreshold: Invalid value: -4: ${NEGATIVE}`,
        `.failureThreshold: Invalid value: -5: ${NEGATIVE}`,
        ".terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0",
        ".successThreshold: Invalid value: -4: must be 1",
      ],
    },
    {
      name: "many successes",
      probe: { successThreshold: 2 },
      want: [".successThreshold: Invalid value: 2: must be 1"],
    },
  ])("of life or the start with $name", ({ probe, want }) => {
    for (const field of ["livenessProbe", "startupProbe"]) {
      const errors = containerErrors([{ [field]: { ...exec, ...probe } }]);
      expect(errors).toEqual(want.map((error) => `${C0}.${field}${error}`));
    }
  });

  test("of readiness may need many successes, and ends nothing", () => {
    const probe = { ...exec, successThreshold: 3, terminationGracePeriodSeconds: 5 };
    expect(containerErrors([{ readinessProbe: probe }])).toEqual([
      `${C0}.readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: must not be set for readinessProbes`,
    ]);
  });
});

describe("a hook", () => {
  const errorsOf = (lifecycle: Lifecycle, terminationGracePeriodSeconds = 30) =>
    containerErrors([{ lifecycle }], { terminationGracePeriodSeconds });
  const SLEEP = "must be non-negative and less than terminationGracePeriodSeconds";

  test("can run, ask or sleep", () => {
    expect(errorsOf({ postStart: exec, preStop: { httpGet: { port: "http" } } })).toEqual([]);
    expect(errorsOf({ postStart: { sleep: { seconds: 0 } }, preStop: { sleep: { seconds: 30 } } })).toEqual(
      [],
    );
  });

  test("does something else than wait longer than the pod", () => {
    expect(errorsOf({ postStart: {}, preStop: { tcpSocket: { port: 0 } } })).toEqual([
      `${C0}.lifecycle.postStart: Required value: must specify a handler type`,
      `${C0}.lifecycle.preStop.tcpSocket.port: Invalid value: 0: ${PORT}`,
    ]);
    expect(
      errorsOf({ postStart: { sleep: { seconds: -1 } }, preStop: { sleep: { seconds: 6 } } }, 5),
    ).toEqual([
      `${C0}.lifecycle.postStart.sleep: Invalid value: -1: ${SLEEP} (5)`,
      `${C0}.lifecycle.preStop.sleep: Invalid value: 6: ${SLEEP} (5)`,
    ]);
    expect(errorsOf({ preStop: { ...exec, sleep: { seconds: 1 } } })).toEqual([
      `${C0}.lifecycle.preStop.sleep: Forbidden: may not specify more than 1 handler type`,
    ]);
  });
});
