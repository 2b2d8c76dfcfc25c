import { definePlugin } from "../framework/plugin.ts";

/** Tries pods of higher priority first, and of those with the same priority the one that waits longest. */
export const prioritySortPlugin = definePlugin({
  name: "PrioritySort",
  compare: (a, b) => b.info.priority - a.info.priority || a.timestamp - b.timestamp,
});
