import { describe, expect, test } from "bun:test";
import { containerErrors } from "#testing/pod-spec.ts";
import type { PodSpec } from "../../../generated/core-v1.ts";
import { validatePodSpec } from "./validation.ts";

const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const RANGE = "must be between 1 and 2147483647, inclusive";

describe("validatePodSpec", () => {
  test.each<{ name: string; spec: Partial<PodSpec>; want: string[] }>([
    {
      name: "everything that has a name",
      spec: {
        serviceAccountName: "acct.example",
        nodeName: "node.example",
        hostname: "host",
        subdomain: "sub",
        priorityClassName: "system-node-critical",
        runtimeClassName: "gvisor",
        preemptionPolicy: "Never",
        activeDeadlineSeconds: 2147483647,
        restartPolicy: "OnFailure",
        schedulerName: "Any Name",
      },
      want: [],
    },
    {
      name: "bad names",
      spec: {
        serviceAccountName: "A",
        nodeName: "N",
        hostname: "host.a",
        subdomain: "Sub",
        priorityClassName: "p_q",
        runtimeClassName: "",
      },
      want: [
        `spec.serviceAccountName: Invalid value: "A": ${SUBDOMAIN}`,
        `spec.nodeName: Invalid value: "N": ${SUBDOMAIN}`,
        'spec.hostname: Invalid value: "host.a": must not contain dots',
        `spec.subdomain: Invalid value: "Sub": ${LABEL}`,
        `spec.priorityClassName: Invalid value: "p_q": ${SUBDOMAIN}`,
        `spec.runtimeClassName: Invalid value: "": ${SUBDOMAIN}`,
      ],
    },
    {
      name: "unknown policies",
      spec: {
        restartPolicy: "Sometimes" as "Never",
        dnsPolicy: "Own" as "None",
        preemptionPolicy: "Maybe" as "Never",
      },
      want: [
        'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
        'spec.dnsPolicy: Unsupported value: "Own": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
        'spec.preemptionPolicy: Unsupported value: "Maybe": supported values: "PreemptLowerPriority", "Never"',
      ],
    },
    {
      name: "no deadline to speak of",
      spec: { activeDeadlineSeconds: 0 },
      want: [`spec.activeDeadlineSeconds: Invalid value: 0: ${RANGE}`],
    },
    {
      name: "a deadline in an age",
      spec: { activeDeadlineSeconds: 2147483648 },
      want: [`spec.activeDeadlineSeconds: Invalid value: 2147483648: ${RANGE}`],
    },
  ])("judges $name", ({ spec, want }) => {
    expect(containerErrors([{}], spec)).toEqual(want);
  });

  test("needs what defaulting would have set", () => {
    expect(validatePodSpec({ containers: [{ name: "a", image: "a" }] }, "spec")).toMatchObject(
      [
        "spec.terminationGracePeriodSeconds",
        "spec.containers[0].terminationMessagePolicy",
        "spec.containers[0].imagePullPolicy",
        "spec.restartPolicy",
        "spec.dnsPolicy",
      ].map((field) => ({ field, message: "Required value" })),
    );
  });
});
