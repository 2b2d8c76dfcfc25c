/** Requests with other verbs change something (`nonMutatingRequestVerbs` of upstream's filters). */
export const READING_VERBS: readonly string[] = ["get", "list", "watch"];
