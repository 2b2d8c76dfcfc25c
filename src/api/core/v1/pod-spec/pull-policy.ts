/** When an image is fetched, in the order in which messages list the values. */
export const PULL_POLICIES: readonly string[] = ["Always", "IfNotPresent", "Never"];
