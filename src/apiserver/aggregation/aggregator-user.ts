import { PRIVILEGED_GROUP, type UserInfo } from "#apimachinery/user.ts";

/** As whom this server asks extension servers on its own account. */
export const AGGREGATOR: UserInfo = { name: "system:kube-aggregator", groups: [PRIVILEGED_GROUP] };
