import type { UserInfo } from "#apimachinery/user.ts";

/** Who asks without saying who it is. */
export const anonymousUser: UserInfo = { name: "system:anonymous", groups: ["system:unauthenticated"] };
