import { textAnswer } from "#https/answer.ts";
import type { Route } from "../front/route.ts";
import { dumpPriorityLevels, dumpQueues, dumpRequests } from "./dump.ts";
import type { PriorityAndFairness } from "./priority-and-fairness.ts";

const FOLDER = "/debug/api_priority_and_fairness";

/** Where an operator sees what flow control is doing. */
export function debugRoutes(fairness: Pick<PriorityAndFairness, "levels">): readonly Route[] {
  return [
    {
      path: `${FOLDER}/dump_priority_levels`,
      handler: () => textAnswer(200, dumpPriorityLevels(fairness.levels.values())),
    },
    {
      path: `${FOLDER}/dump_queues`,
      handler: () => textAnswer(200, dumpQueues(fairness.levels.values())),
    },
    {
      path: `${FOLDER}/dump_requests`,
      handler: ({ query }) => {
        const withDetails = (query.get("includeRequestDetails") ?? "") !== "";
        return textAnswer(200, dumpRequests(fairness.levels.values(), { withDetails }));
      },
    },
  ];
}
