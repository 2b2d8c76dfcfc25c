import type {
  MatchResources,
  MutatingAdmissionPolicyBindingSpec,
  MutatingAdmissionPolicySpec,
  ValidatingAdmissionPolicyBindingSpec,
  ValidatingAdmissionPolicySpec,
} from "#api/generated/admissionregistration-v1.ts";
import type { TestServer } from "../apiserver/server.ts";

const apiVersion = "admissionregistration.k8s.io/v1";

/** ConfigMaps that are created or changed. */
export const MATCH_CONFIG_MAPS: MatchResources = {
  resourceRules: [
    { apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"], operations: ["CREATE", "UPDATE"] },
  ],
};

/** A policy `p` for ConfigMaps, and a binding `b` that puts it into force. */
export async function enforce(
  server: TestServer,
  spec: ValidatingAdmissionPolicySpec,
  binding: ValidatingAdmissionPolicyBindingSpec = {},
): Promise<void> {
  await server.client.create("ValidatingAdmissionPolicy", {
    apiVersion,
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: "p" },
    spec: { matchConstraints: MATCH_CONFIG_MAPS, ...spec },
  });
  await server.client.create("ValidatingAdmissionPolicyBinding", {
    apiVersion,
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: "b" },
    spec: { policyName: "p", validationActions: ["Deny"], ...binding },
  });
}

/** The same with a policy that changes them. */
export async function mutateBy(
  server: TestServer,
  spec: MutatingAdmissionPolicySpec,
  binding: MutatingAdmissionPolicyBindingSpec = {},
  name = "p",
): Promise<void> {
  await server.client.create("MutatingAdmissionPolicy", {
    apiVersion,
    kind: "MutatingAdmissionPolicy",
    metadata: { name },
    spec: { matchConstraints: MATCH_CONFIG_MAPS, reinvocationPolicy: "Never", ...spec },
  });
  await server.client.create("MutatingAdmissionPolicyBinding", {
    apiVersion,
    kind: "MutatingAdmissionPolicyBinding",
    metadata: { name: name === "p" ? "b" : name },
    spec: { policyName: name, ...binding },
  });
}

const KINDS = [
  "MutatingAdmissionPolicyBinding",
  "MutatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "ValidatingAdmissionPolicy",
] as const;

/** Leaves no policies of a test to the next. */
export async function removePolicies(server: TestServer): Promise<void> {
  for (const kind of KINDS) {
    for (const { metadata } of server.state.objects.list(kind)) {
      await server.client.delete(kind, { name: metadata.name });
    }
  }
}
