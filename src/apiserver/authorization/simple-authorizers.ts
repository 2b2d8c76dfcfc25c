/** Authorizers that look at nothing (apiserver `authorizerfactory/builtin.go`). */
import { type Authorizer, type Decision, NO_RULES, type SubjectRules } from "./authorizer.ts";

const ALLOWED: Decision = Object.freeze({ outcome: "allow", reason: "" });
const FORBIDDEN: Decision = Object.freeze({ outcome: "noOpinion", reason: "Everything is forbidden." });

const EVERYTHING: SubjectRules = {
  resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
  nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
  incomplete: false,
};

export const alwaysAllow: Authorizer = { authorize: () => ALLOWED, rulesFor: () => EVERYTHING };

/** In spite of its name those behind it may still allow something. */
export const alwaysDeny: Authorizer = { authorize: () => FORBIDDEN, rulesFor: () => NO_RULES };
