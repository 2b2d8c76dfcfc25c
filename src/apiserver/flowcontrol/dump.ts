/** What flow control is doing, as tables for people (`apf_controller_debug.go` of upstream's apiserver). */
import { formatDuration } from "#apimachinery/duration.ts";
import { formatApiVersion } from "#apimachinery/meta.ts";
import type { FairRequest } from "./fair-queuing/fair-request.ts";
import type { PriorityLevel } from "./priority-level.ts";
import type { LimitedRequest } from "./request-limiter.ts";

type Level = PriorityLevel<LimitedRequest>;
type Row = readonly (string | number | boolean)[];

export function dumpPriorityLevels(levels: Iterable<Level>): string {
  return formatTable([
    [
      "PriorityLevelName",
      "ActiveQueues",
      "IsIdle",
      "IsQuiescing",
      "WaitingRequests",
      "ExecutingRequests",
      "DispatchedRequests",
      "RejectedRequests",
      "TimedoutRequests",
      "CancelledRequests",
    ],
    ...byName(levels).map(({ name, requests, isQuiescing }): Row => {
      const active = requests.queues.filter(({ waiting }) => waiting.size > 0).length;
      const { dispatched, rejected, cancelled } = requests.totals;
      const counts = [requests.waiting, requests.executing, dispatched, rejected];
      // Upstream counts none as timed out: they are cancelled.
      return [name, active, requests.isIdle, isQuiescing, ...counts, 0, cancelled];
    }),
  ]);
}

export function dumpQueues(levels: Iterable<Level>): string {
  return formatTable([
    [
      "PriorityLevelName",
      "Index",
      "PendingRequests",
      "ExecutingRequests",
      "SeatsInUse",
      "NextDispatchR",
      "InitialSeatsSum",
      "MaxSeatsSum",
      "TotalWorkSum",
    ],
    ...byName(levels).flatMap(({ name, requests }) =>
      requests.queues.map((queue, index): Row => {
        const counts = [queue.waiting.size, queue.executing.size, queue.seatsInUse];
        const sums = [queue.waitingInitialSeats, queue.waitingSeats, formatWork(queue.waitingWork)];
        return [name, index, ...counts, formatWork(queue.nextDispatchR), ...sums];
      }),
    ),
  ]);
}

export function dumpRequests(
  levels: Iterable<Level>,
  { withDetails }: { readonly withDetails: boolean },
): string {
  const rowOf = (level: string, queue: number, place: number, request: FairRequest<LimitedRequest>): Row => [
    ...requestRow(level, queue, place, request),
    ...(withDetails ? detailRow(request.owner) : []),
  ];
  return formatTable([
    [...REQUEST_COLUMNS, ...(withDetails ? DETAIL_COLUMNS : [])],
    ...byName(levels).flatMap(({ name, requests }) => [
      ...requests.queues.flatMap(({ waiting, executing }, queue) => [
        ...[...waiting].map((request, place) => rowOf(name, queue, place, request)),
        ...[...executing].map((request) => rowOf(name, queue, -1, request)),
      ]),
      ...[...requests.withoutQueue].map((request) => rowOf(name, -1, -1, request)),
    ]),
  ]);
}

const REQUEST_COLUMNS: Row = [
  "PriorityLevelName",
  "FlowSchemaName",
  "QueueIndex",
  "RequestIndexInQueue",
  // As upstream spells it.
  "FlowDistingsher",
  "ArriveTime",
  "InitialSeats",
  "FinalSeats",
  "AdditionalLatency",
  "StartTime",
];

const DETAIL_COLUMNS: Row = [
  "UserName",
  "Verb",
  "APIPath",
  "Namespace",
  "Name",
  "APIVersion",
  "Resource",
  "SubResource",
];

function requestRow(level: string, queue: number, place: number, request: FairRequest<unknown>): Row {
  const { flowSchema, distinguisher, arrivedAt, startedAt, estimate } = request;
  const { initialSeats, finalSeats, additionalLatencyMs } = estimate;
  const latency = formatDuration(BigInt(Math.round(additionalLatencyMs * 1e6)));
  const flow = [level, flowSchema, queue, place, distinguisher];
  return [...flow, formatInstant(arrivedAt), initialSeats, finalSeats, latency, formatInstant(startedAt)];
}

function detailRow({ user, info, exchange }: LimitedRequest): Row {
  const common = [user.name, info.verb, exchange.path];
  if (!info.isResourceRequest) return [...common, "", "", "", "", ""];
  const { resource, subresource = "", namespace = "", name = "" } = info.target;
  return [...common, namespace, name, formatApiVersion(info.target), resource, subresource];
}

function byName(levels: Iterable<Level>): readonly Level[] {
  return [...levels].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function formatWork(seatSeconds: number): string {
  return `${seatSeconds.toFixed(8)}ss`;
}

/** Without trailing zeros of the fraction; Go's zero time where there is none. */
function formatInstant(ms: number | undefined): string {
  if (ms === undefined) return "0001-01-01T00:00:00Z";
  return new Date(ms).toISOString().replace(/\.?0*Z$/, "Z");
}

/** Cells end with a comma, and begin at the same place in all rows (Go's `tabwriter` with a width of 8 at least). */
function formatTable(rows: readonly Row[]): string {
  const texts = rows.map((row) =>
    row.map((cell, index) => (index === row.length - 1 ? String(cell) : `${String(cell)},`)),
  );
  const widths = (texts[0] ?? []).map((_, index) =>
    Math.max(8, ...texts.map((row) => (row[index] ?? "").length + 1)),
  );
  return texts
    .map((row) =>
      row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0))).join(""),
    )
    .map((line) => `${line}\n`)
    .join("");
}
