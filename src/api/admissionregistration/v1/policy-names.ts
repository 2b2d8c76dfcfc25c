/** Closed sets that webhooks and policies share, in the order in which messages list them. */
export const FAILURE_POLICIES: readonly string[] = ["Fail", "Ignore"];
export const MATCH_POLICIES: readonly string[] = ["Equivalent", "Exact"];
export const REINVOCATION_POLICIES: readonly string[] = ["IfNeeded", "Never"];
